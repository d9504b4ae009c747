package e2e_test

import (
	"fmt"
	"io"
	"log"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/pivotal/go-smtpd/smtpd"
)

// healthMonitorAlert is what bosh-agent publishes for the Health Monitor.
type healthMonitorAlert struct {
	id, title, summary string
	severity           int
}

// boshAgent is bosh-agent's mail port: the SMTP library that bosh-agent embeds, and a copy of
// its rules for parsing a mail and for the severity of an event.
type boshAgent struct {
	mutex   sync.Mutex
	alerts  []healthMonitorAlert
	unknown []string // events that bosh-agent logs as an ERROR
}

func startBoshAgent() *boshAgent {
	GinkgoHelper()
	log.SetOutput(io.Discard) // the library logs every mail
	a := &boshAgent{}
	listener, err := net.Listen("tcp", "127.0.0.1:2825")
	Expect(err).NotTo(HaveOccurred())
	server := &smtpd.Server{Hostname: "localhost", OnNewMail: func(smtpd.Connection, smtpd.MailAddress) (smtpd.Envelope, error) {
		return &mail{agent: a, fields: map[string]string{}}, nil
	}}
	go func() { _ = server.Serve(listener) }()
	DeferCleanup(listener.Close)
	return a
}

// mail is one mail that is received.
type mail struct {
	smtpd.BasicEnvelope
	agent  *boshAgent
	fields map[string]string
}

var field = regexp.MustCompile(`^(Message-id|Service|Event|Action|Date|Description): (.*)$`)

// Write receives one line. Spaces before a field do not count: the stemcell's monit sends them.
// If a field occurs twice, the last one counts.
func (m *mail) Write(line []byte) error {
	if match := field.FindStringSubmatch(strings.TrimSpace(string(line))); match != nil {
		m.fields[match[1]] = match[2]
	}
	return nil
}

func (m *mail) Close() error {
	m.agent.publish(m.fields)
	return nil
}

// publish publishes the alert, unless bosh-agent ignores its event.
func (a *boshAgent) publish(fields map[string]string) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	event := strings.ToLower(fields["Event"])
	severity, known := map[string]int{
		"does not exist": 1, "execution failed": 1, "connection failed": 1,
		"checksum failed": 2, "timeout": 2,
		"size failed": 3, "timestamp failed": 3, "content failed": 3, "permission failed": 3,
		"checksum changed": 4, "timestamp changed": 4,
	}[event]
	switch {
	case strings.HasSuffix(event, "succeeded") || slices.Contains([]string{"exists", "content match", "action done", "monit instance changed"}, event):
		return
	case !known:
		severity = 2
		a.unknown = append(a.unknown, event)
	}
	a.alerts = append(a.alerts, healthMonitorAlert{
		id:       strings.Trim(fields["Message-id"], "<>"),
		title:    fmt.Sprintf("%s (10.0.0.5) - %s - %s", fields["Service"], fields["Event"], fields["Action"]),
		summary:  fields["Description"],
		severity: severity,
	})
}

// of returns the alerts of one service.
func (a *boshAgent) of(service string) []healthMonitorAlert {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	var own []healthMonitorAlert
	for _, alert := range a.alerts {
		if strings.HasPrefix(alert.title, service+" (") {
			own = append(own, alert)
		}
	}
	return own
}

// own returns the alerts of the agent itself. Those of monit have the same service.
func (a *boshAgent) own() []healthMonitorAlert {
	return slices.DeleteFunc(a.of("cert-health"), func(alert healthMonitorAlert) bool {
		return !strings.HasPrefix(alert.id, "cert-health-")
	})
}

// titles returns the titles of the agent's own alerts.
func (a *boshAgent) titles() []string {
	list := []string{}
	for _, alert := range a.own() {
		list = append(list, strings.TrimPrefix(alert.title, "cert-health (10.0.0.5) - "))
	}
	return list
}

// lastTitle returns the title of the agent's newest alert.
func (a *boshAgent) lastTitle() string {
	list := a.titles()
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1]
}
