package remind

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/pivotal/go-smtpd/smtpd"

	"cert-health/internal/notify"
	"cert-health/internal/secret"
	"cert-health/internal/strict"
)

// post is the SMTP server that bosh-agent embeds.
type post struct {
	mu    sync.Mutex
	mails []string
}

type envelope struct {
	*smtpd.BasicEnvelope
	post *post
	text bytes.Buffer
}

func (e *envelope) Write(line []byte) error { e.text.Write(line); return nil }

func (e *envelope) Close() error {
	e.post.mu.Lock()
	defer e.post.mu.Unlock()
	e.post.mails = append(e.post.mails, e.text.String())
	return nil
}

func (p *post) got() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.mails...)
}

// listen starts the server and returns its port.
func (p *post) listen() uint16 {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	server := &smtpd.Server{OnNewMail: func(smtpd.Connection, smtpd.MailAddress) (smtpd.Envelope, error) {
		return &envelope{BasicEnvelope: new(smtpd.BasicEnvelope), post: p}, nil
	}}
	go func() { _ = server.Serve(listener) }()
	ginkgo.DeferCleanup(listener.Close)
	return uint16(listener.Addr().(*net.TCPAddr).Port)
}

// message is what a rule sends about two entries.
func message() Message {
	open := []Entry{expiring("bbs <!channel>", -1), expiring("rep", 3)}
	rule := &Rule{Name: "all"}
	_, m := rule.look(state{}, open, at)
	return *m
}

var _ = ginkgo.Describe("a channel", func() {
	ginkgo.It("sends mail, with a subject and an identifier that stays the same", func() {
		p := &post{}
		m := Mail{Host: "127.0.0.1", Port: p.listen(), From: "hub@example.com", To: []string{"ops@example.com"}, Encryption: "none"}
		Expect(m.send(context.Background(), message())).To(Succeed())
		Eventually(p.got).Should(ConsistOf(And(ContainSubstring("Subject: cert-health: 1 expired, 1 expiring (2 new)"),
			ContainSubstring("To: <ops@example.com>"), ContainSubstring("cert-health x509 renew secret/cf/rep"), ContainSubstring("Message-ID: <"+message().ID))))
	})

	ginkgo.It("sends no mail without encryption unless that is configured", func() {
		p := &post{}
		m := Mail{Host: "127.0.0.1", Port: p.listen(), From: "hub@example.com", To: []string{"ops@example.com"}}
		Expect(m.send(context.Background(), message())).To(MatchError(ContainSubstring("mail server")))
		Expect(p.got()).To(BeEmpty())
	})

	ginkgo.It("posts to Slack without its own mark-up", func() {
		s := newStation()
		c := Channel{Slack: notify.Target{URL: secret.New(s.URL)}}
		Expect(c.open().send(context.Background(), message())).To(Succeed())
		Expect(s.got()[0]).To(And(ContainSubstring(`"text":"*1 expired, 1 expiring (2 new)*\n`), Not(ContainSubstring("<!channel>"))))
	})

	ginkgo.It("speaks to the services of shoutrrr by their URLs", func() {
		s := newStation()
		c := Channel{Service: secret.New("generic+" + s.URL + "/long-tail")}
		Expect(c.problems("channels[0]")).To(BeEmpty())
		Expect(c.open().send(context.Background(), message())).To(Succeed())
		Expect(s.got()[0]).To(And(HavePrefix("/long-tail "), ContainSubstring("1 expired")))
	})

	ginkgo.It("keeps no secret in errors", func() {
		for _, c := range []Channel{
			{Service: secret.New("generic+http://127.0.0.1:1/t0psecret")}, {Service: secret.New("slack://t0psecret")}, {Service: secret.New("t0psecret")},
			{Slack: notify.Target{URL: secret.New("http://127.0.0.1:1/t0psecret")}}, {Webhook: notify.Target{URL: secret.New("ftp://t0psecret")}},
			{Mail: Mail{Host: "127.0.0.1", Port: 1, From: "a@b.c", To: []string{"d@e.f"}, Username: "u", Password: secret.New("t0psecret")}},
		} {
			text := strict.Problems(c.problems("x")).Error()
			if err := c.open().send(context.Background(), message()); err != nil {
				text += err.Error()
			}
			Expect(text).NotTo(BeEmpty())
			Expect(text).NotTo(ContainSubstring("t0psecret"))
		}
	})

	ginkgo.It("waits no longer than the context", func() {
		listener, err := net.Listen("tcp", "127.0.0.1:0") // it never answers
		Expect(err).NotTo(HaveOccurred())
		ginkgo.DeferCleanup(listener.Close)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		for _, c := range []Channel{{Service: secret.New("generic+http://" + listener.Addr().String())}, {Slack: notify.Target{URL: secret.New("http://" + listener.Addr().String())}},
			{Mail: Mail{Host: "127.0.0.1", Port: uint16(listener.Addr().(*net.TCPAddr).Port), From: "a@b.c", To: []string{"d@e.f"}}}} {
			Expect(c.open().send(ctx, message())).NotTo(Succeed())
		}
	})
})

var _ = ginkgo.Describe("Alertmanager", func() {
	ginkgo.It("gets all open alerts again and again, and their ends, over a restart too", func() {
		r := newRig()
		r.rule.Channels = []string{"am"}
		manager := func() {
			r.restart()
			r.channels = map[string]channel{"am": newAlertmanager(Alertmanager{Target: notify.Target{URL: secret.New(r.station.URL + "/")}, Labels: map[string]string{"env": "prod"}})}
			r.stats = map[string]*Stats{"am": {}}
		}
		manager()
		alerts := func(sent []string) (parsed []postable) {
			Expect(sent).To(HaveLen(1))
			body, ok := strings.CutPrefix(sent[0], "/api/v2/alerts ")
			Expect(ok).To(BeTrue())
			Expect(json.Unmarshal([]byte(body), &parsed)).To(Succeed())
			return parsed
		}
		r.entries = []Entry{expiring("bbs", 5), expiring("rep", -1)}
		first := alerts(r.pass(0))
		Expect(first).To(HaveLen(2))
		Expect(first[0].Labels).To(Equal(map[string]string{"alertname": "CertHealth", "rule": "all", "certificate": "bbs", "key": "bbs", "env": "prod"}))
		Expect(first[0].EndsAt).To(BeTemporally(">", at.Add(12*time.Hour)), "an end of the hub repairs nothing")
		Expect(r.pass(time.Minute)).To(BeEmpty())
		manager()
		r.entries = r.entries[:1]
		second := alerts(r.pass(time.Minute))
		Expect(second).To(HaveLen(2))
		Expect(second[1].Labels).To(HaveKeyWithValue("key", "rep"))
		Expect(second[1].StartsAt).To(BeTemporally("==", at))
		Expect(second[1].EndsAt).To(BeTemporally("==", r.clock.Now()))
		manager()
		Expect(alerts(r.pass(time.Hour))).To(HaveLen(2), "the end is told again: Alertmanager may have missed it")
		Expect(alerts(r.pass(24 * time.Hour))).To(HaveLen(1))
	})
})

var _ = ginkgo.Describe("the settings", func() {
	parse := func(text string) strict.Problems {
		var o Options
		return strict.YAML([]byte(text), "notifications", &o)
	}
	ginkgo.It("of a valid file have no problems", func() {
		Expect(parse(`
channels:
- {name: chat, slack: {url: https://hooks.slack.com/x}}
- {name: mail, mail: {host: smtp, from: hub@example.com, to: [a@example.com]}}
- {name: am, alertmanager: {url: http://am:9093, labels: {env: prod}}}
- {name: teams, url: "generic://example.com/x"}
rules:
- {name: weekly, filter: "source=vault", schedule: "0 9 * * 1", time_zone: Europe/Berlin, channels: [chat, mail], thresholds: [30d, 7d], repeat: 7d}
- {name: now, on_change: true, channels: [am]}`)).To(BeEmpty())
	})
	ginkgo.DescribeTable("name the key and the remedy of a fault", func(text, problem string) {
		Expect(parse(text)).To(ContainElement(MatchRegexp(problem)))
	},
		row("a channel of no kind", `channels: [{name: a}]`, `channels\[0\] has no kind: set one of slack, mail`),
		row("a channel of two kinds", `channels: [{name: a, url: "generic://x/", slack: {url: https://x}}]`, `has several kinds, slack and url`),
		row("two channels of one name", `channels: [{name: a, url: "generic://x/"}, {name: a, url: "generic://x/"}]`, `channels\[1\].name is used twice`),
		row("an unknown channel", `{channels: [{name: chat, url: "generic://x/"}], rules: [{name: r, on_change: true, channels: [chad]}]}`, `did you mean "chat"`),
		row("a channel where there is none", `rules: [{name: r, on_change: true, channels: [chat]}]`, `channels names a channel that is not there: add one`),
		row("no occasion", `rules: [{name: r, channels: [x]}]`, `neither schedule nor on_change`),
		row("a wrong schedule", `rules: [{name: r, schedule: "9 o'clock", channels: [x]}]`, `five fields of cron`),
		row("a wrong time zone", `rules: [{name: r, on_change: true, time_zone: Berlin, channels: [x]}]`, `not a time zone`),
		row("a mail without encryption and with a password", `channels: [{name: m, mail: {host: h, from: a@b.c, to: [a@b.c], encryption: none, username: u}}]`, `needs encryption`),
	)
})

var _ = ginkgo.Describe("a dry run", func() {
	ginkgo.It("prints what would be sent, and neither sends nor stores it", func() {
		r := newRig()
		r.entries = []Entry{expiring("bbs", 5)}
		text, err := r.DryRun(r.ctx, "all")
		Expect(err).NotTo(HaveOccurred())
		Expect(text).To(And(HavePrefix("To ops:\n\n1 expiring (1 new)\n"), ContainSubstring("cert-health x509 renew secret/cf/bbs")))
		Expect(r.shelf.states).To(BeEmpty())
		Expect(r.pass(0)).To(HaveLen(1))
		Expect(r.DryRun(r.ctx, "all")).To(ContainSubstring("would send nothing now: 1 open"))
		_, err = r.DryRun(r.ctx, "al")
		Expect(err).To(MatchError(ContainSubstring("the rules are all")))
	})
})

var _ = ginkgo.Describe("the log", func() {
	ginkgo.It("has a line when a rule cannot look, and one when it can again", func() {
		r := newRig()
		var log bytes.Buffer
		r.Log = slog.New(slog.NewTextHandler(io.Writer(&log), nil))
		r.blind = errGone
		r.pass(0)
		r.pass(time.Minute)
		r.blind = nil
		r.pass(time.Minute)
		r.pass(time.Minute)
		Expect(strings.Count(log.String(), "\n")).To(Equal(2))
		Expect(log.String()).To(ContainSubstring("the database is gone"))
	})
})
