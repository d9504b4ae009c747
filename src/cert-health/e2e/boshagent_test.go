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

// boshAgent is bosh-agent's mail port: the library that it embeds, and its rules
// for reading a mail and weighing an event, stated again.
type boshAgent struct {
	mutex   sync.Mutex
	alerts  []healthMonitorAlert
	unknown []string // events that cost an ERROR line in its log
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

// mail is one mail as it comes in.
type mail struct {
	smtpd.BasicEnvelope
	agent  *boshAgent
	fields map[string]string
}

var field = regexp.MustCompile(`^(Message-id|Service|Event|Action|Date|Description): (.*?)\r?\n$`)

// Write takes one line; of lines that say the same twice the last one counts.
func (m *mail) Write(line []byte) error {
	if match := field.FindSubmatch(line); match != nil {
		m.fields[string(match[1])] = strings.TrimSpace(string(match[2]))
	}
	return nil
}

func (m *mail) Close() error {
	m.agent.take(m.fields)
	return nil
}

// take publishes the alert, unless its event is one to be ignored.
func (a *boshAgent) take(fields map[string]string) {
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
	case strings.HasSuffix(event, "succeeded") || event == "exists" || event == "content match":
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

// of returns the alerts of one service so far.
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

// own are the alerts that the agent sent itself. monit's have the process's name too.
func (a *boshAgent) own() []healthMonitorAlert {
	return slices.DeleteFunc(a.of("cert-health"), func(alert healthMonitorAlert) bool {
		return !strings.HasPrefix(alert.id, "cert-health-")
	})
}

// titles are those of the agent's own alerts.
func (a *boshAgent) titles() []string {
	list := []string{}
	for _, alert := range a.own() {
		list = append(list, strings.TrimPrefix(alert.title, "cert-health (10.0.0.5) - "))
	}
	return list
}
