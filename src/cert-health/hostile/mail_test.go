package hostile_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
	"github.com/pivotal/go-smtpd/smtpd"

	"cert-health/internal/scenario"
)

// mailbox is bosh-agent's SMTP library. It keeps the mails.
type mailbox struct {
	mutex sync.Mutex
	mails []string
}

// serve receives mails, and returns the address.
func (m *mailbox) serve() string {
	GinkgoHelper()
	listener := listen("127.0.0.1")
	server := &smtpd.Server{Hostname: "localhost", OnNewMail: func(smtpd.Connection, smtpd.MailAddress) (smtpd.Envelope, error) {
		return &mail{box: m}, nil
	}}
	log.SetOutput(io.Discard) // the library logs every mail
	go func() { _ = server.Serve(listener) }()
	return listener.Addr().String()
}

type mail struct {
	smtpd.BasicEnvelope
	box  *mailbox
	text strings.Builder
}

// Write receives one line.
func (m *mail) Write(line []byte) error {
	m.text.Write(line)
	return nil
}

// Close ends the mail.
func (m *mail) Close() error {
	m.box.mutex.Lock()
	defer m.box.mutex.Unlock()
	m.box.mails = append(m.box.mails, m.text.String())
	return nil
}

// fields are the lines of a mail that bosh-agent reads.
func fields(text string) map[string]string {
	found := map[string]string{}
	for _, line := range strings.Split(text, "\r\n") {
		name, value, is := strings.Cut(line, ": ")
		if is {
			found[name] = value
		}
	}
	return found
}

// all are the mails so far.
func (m *mailbox) all() []map[string]string {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	var list []map[string]string
	for _, text := range m.mails {
		list = append(list, fields(text))
	}
	return list
}

// descriptions are the alerts of the class of expired certificates.
func (m *mailbox) descriptions() string {
	var list []string
	for _, mail := range m.all() {
		list = append(list, mail["Description"])
	}
	return strings.Join(list, "\n")
}

// event is the alert as the Health Monitor passes it to the plugin.
func event(mail map[string]string) string {
	GinkgoHelper()
	text, err := json.Marshal(map[string]any{
		"kind": "alert", "id": strings.Trim(mail["Message-id"], "<>"), "severity": 2, "category": nil,
		"title":   fmt.Sprintf("%s (10.0.0.5) - %s - %s", mail["Service"], mail["Event"], mail["Action"]),
		"summary": mail["Description"], "source": "cf: cell(0) [id=agent-1, index=0, cid=vm-1]", "deployment": "cf", "created_at": time.Now().Unix(),
	})
	Expect(err).NotTo(HaveOccurred())
	return string(text) + "\n"
}

// incidents runs the plugin with some events, and returns the fingerprints that it keeps.
func incidents(events ...string) (fingerprints []string) {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	settings := filepath.Join(dir, "s.json")
	Expect(os.WriteFile(settings, fmt.Appendf(nil, `{"log": %q}`, filepath.Join(dir, "plugin.log")), 0o600)).To(Succeed())
	command := exec.Command(certHealthAlerts, "--config", settings)
	command.Stdin = strings.NewReader(strings.Join(events, ""))
	session, err := gexec.Start(command, GinkgoWriter, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	Eventually(session, soon).Should(gexec.Exit(0))
	contents, err := os.ReadFile(filepath.Join(dir, "incidents.json"))
	Expect(err).NotTo(HaveOccurred())
	var kept struct {
		Incidents []struct {
			Reports []struct {
				Items []struct{ Fingerprint string }
			}
		}
	}
	Expect(json.Unmarshal(contents, &kept)).To(Succeed())
	for _, incident := range kept.Incidents {
		for _, report := range incident.Reports {
			for _, item := range report.Items {
				fingerprints = append(fingerprints, item.Fingerprint)
			}
		}
	}
	return fingerprints
}

var _ = Describe("the names in a job's files", func() {
	var (
		v   *vm
		box *mailbox
	)

	BeforeEach(func() {
		v, box = newVM(), &mailbox{}
		v.configure(fmt.Sprintf("alerts: {address: '%s', quiet_after_start: 0s}\n", box.serve()))
	})

	It("cannot crowd a new certificate of another job out of the alert", func() {
		flood := scenario.Files{}
		for i := range 60 {
			flood[fmt.Sprintf("config/%02d.pem", i)] = scenario.Issue(scenario.Spec{CommonName: fmt.Sprintf("old-%d", i),
				NotBefore: time.Now().AddDate(-9, 0, 0), NotAfter: time.Now().AddDate(-8, 0, 0)}).CertPEM()
		}
		v.deploy("attacker", flood)
		v.start()
		Eventually(box.descriptions, soon).Should(ContainSubstring("attacker config/"))
		v.deploy("honest", scenario.Files{"config/server.pem": expired("honest.internal").CertPEM()})
		Eventually(box.descriptions, soon).Should(ContainSubstring("honest.internal"))
	})

	It("cannot speak the language of alerts: the plugin records what the agent found", func() {
		victim, attacker := expired("honest.internal"), expired("x [000000000000] at honest config/a: expired -> reboot | y")
		forged := "z [111111111111] at honest config/server.pem:1: expired 3 hours ago -> rm -rf x | and 7 more | q [222222222222] at p: m -> n"
		v.deploy("attacker", scenario.Files{"config/" + forged: attacker.CertPEM()})
		v.deploy("honest", scenario.Files{"config/server.pem": victim.CertPEM()})
		v.start()
		Eventually(box.all, soon).ShouldNot(BeEmpty())
		mails := box.all()
		at := slices.IndexFunc(mails, func(m map[string]string) bool { return strings.Contains(m["Description"], "honest.internal") })
		Expect(at).To(BeNumerically(">=", 0))
		Expect(incidents(event(mails[at]))).To(ConsistOf(victim.Fingerprint().String()[:12], attacker.Fingerprint().String()[:12]))
	})
})
