package agent_test

import (
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"sync"
	"time"

	"code.cloudfoundry.org/clock/fakeclock"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/pivotal/go-smtpd/smtpd"

	"cert-health/internal/scenario"
)

// letterbox is bosh-agent's SMTP library. It keeps the mails.
type letterbox struct {
	mutex    sync.Mutex
	messages []string
}

// serve receives mail at an address until stop is called.
func (l *letterbox) serve(address string) (listening string, stop func()) {
	GinkgoHelper()
	listener, err := net.Listen("tcp", address)
	Expect(err).NotTo(HaveOccurred())
	server := &smtpd.Server{Hostname: "localhost", OnNewMail: func(smtpd.Connection, smtpd.MailAddress) (smtpd.Envelope, error) {
		return &letter{box: l}, nil
	}}
	log.SetOutput(io.Discard) // the library logs every mail
	go func() { _ = server.Serve(listener) }()
	stop = func() { _ = listener.Close() }
	DeferCleanup(stop)
	return listener.Addr().String(), stop
}

type letter struct {
	smtpd.BasicEnvelope
	box  *letterbox
	text strings.Builder
}

func (l *letter) Write(line []byte) error {
	l.text.Write(line)
	return nil
}

func (l *letter) Close() error {
	l.box.mutex.Lock()
	defer l.box.mutex.Unlock()
	l.box.messages = append(l.box.messages, l.text.String())
	return nil
}

// field returns one line of every message so far.
func (l *letterbox) field(name string) func() []string {
	return func() []string {
		l.mutex.Lock()
		defer l.mutex.Unlock()
		list := []string{}
		for _, message := range l.messages {
			for _, line := range strings.Split(message, "\r\n") {
				if value, found := strings.CutPrefix(line, name+": "); found {
					list = append(list, value)
				}
			}
		}
		return list
	}
}

var _ = Describe("alerts", func() {
	var (
		r       *rig
		box     *letterbox
		address string
		hangUp  func()
		a, b    *scenario.Pair
	)

	BeforeEach(func() {
		r, box = newRig(), &letterbox{}
		address, hangUp = box.serve("127.0.0.1:0")
		r.configure(fmt.Sprintf("alerts: {address: %q, remind_after: 24h}\n", address))
		spec := scenario.Spec{CommonName: "a", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)}
		a = scenario.Issue(spec)
		spec.CommonName = "b"
		b = scenario.Issue(spec)
		r.deploy(scenario.Files{"a.pem": a.CertPEM()})
	})

	expired := "1 certificate of rep"
	actions := func() func() []string { return box.field("Action") }
	// passing makes one more scan: an alert waits until the alert before it is delivered.
	passing := func() []string {
		GinkgoHelper()
		r.pass()
		return actions()()
	}
	// alerted starts the agent, and waits until it has sent its first alert and noted that.
	alerted := func() {
		GinkgoHelper()
		r.start()
		r.first()
		for range 3 {
			r.pass()
		}
		Eventually(actions(), "1m").Should(HaveLen(1))
		Eventually(r.memory, "1m").Should(ContainSubstring(`"expired"`))
	}

	It("are sent after two minutes, once, again after a change, and when nothing is left", func() {
		r.start()
		r.first()
		r.pass()
		Consistently(actions(), "50ms").Should(BeEmpty())
		r.pass()
		Eventually(actions(), "1m").Should(Equal([]string{expired}))
		r.pass()
		r.pass()
		Consistently(actions(), "50ms").Should(HaveLen(1))
		r.deploy(scenario.Files{"a.pem": a.CertPEM() + b.CertPEM()})
		Eventually(passing, "1m").Should(Equal([]string{expired, "2 certificates of rep"}))
		r.deploy(scenario.Files{"a.pem": "gone"})
		Eventually(passing, "1m").Should(Equal([]string{expired, "2 certificates of rep", "Certificates well again: none expired"}))
	})

	It("are repeated daily, with new IDs", func() {
		alerted()
		r.clock.WaitForNWatchersAndIncrement(24*time.Hour, 3)
		Eventually(passing, "1m").Should(Equal([]string{expired, expired}))
		ids := box.field("Message-id")()
		Expect(ids[0]).NotTo(Equal(ids[1]))
	})

	It("are tried again when the mail port is closed, while the scans go on", func() {
		hangUp()
		r.start()
		r.first()
		for range 4 {
			r.pass()
		}
		Eventually(r.log.String, "1m").Should(ContainSubstring("sending alerts failed: mail to bosh-agent at " + address))
		box.serve(address)
		Eventually(passing, "1m").Should(Equal([]string{expired}))
		Eventually(r.log.String, "1m").Should(ContainSubstring("sending alerts works again"))
		Expect(strings.Count(r.log.String(), "sending alerts failed")).To(Equal(1))
	})

	It("do not delay the scans of a VM whose mail port hangs", func() {
		listener, err := net.Listen("tcp", "127.0.0.1:0") // it accepts, and no more
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(listener.Close)
		r.configure(fmt.Sprintf("alerts: {address: %q}\n", listener.Addr()))
		r.start()
		r.first()
		for range 6 {
			r.pass()
		}
		r.stop()
	})

	It("name a new certificate first, behind sixty old ones, also after a restart", func() {
		old := ""
		for n := range 60 {
			old += scenario.Issue(scenario.Spec{CommonName: fmt.Sprintf("old%02d", n), NotBefore: time.Now().AddDate(-2, 0, 0), NotAfter: time.Now().AddDate(-1, 0, 0)}).CertPEM()
		}
		r.deploy(scenario.Files{"old.pem": old})
		r.start()
		r.first()
		Eventually(passing, "1m").Should(Equal([]string{"60 certificates of rep"}))
		r.stop()
		r.start()
		r.first()
		r.deploy(scenario.Files{"old.pem": old, "a.pem": a.CertPEM()})
		Eventually(passing, "1m").Should(Equal([]string{"60 certificates of rep", "61 certificates of rep"}))
		Expect(box.field("Description")()[1]).To(MatchRegexp(`^a \[.* and \d\d more$`))
	})

	It("are repeated when the clock was set back, because it is not known how long ago the last was sent", func() {
		alerted()
		r.stop()

		r.clock = fakeclock.NewFakeClock(r.clock.Now().Add(-30 * time.Minute))
		r.agent.Clock = r.clock
		r.start()
		Eventually(passing, "1m").Should(Equal([]string{expired, expired}))
		Eventually(r.memory, "1m").ShouldNot(BeEmpty())
		r.pass()
		r.pass()
		Consistently(actions(), "50ms").Should(HaveLen(2))
	})

	It("are not sent again after a restart", func() {
		alerted()
		r.stop()

		r.agent.Clock = r.clock
		r.start()
		for range 4 {
			r.pass()
		}
		Consistently(actions(), "50ms").Should(HaveLen(1))
	})
})
