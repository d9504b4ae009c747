package uplink_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/uplink"
	"cert-health/internal/uplink/uplinktest"
)

// beat sends a heartbeat.
func beat(c *uplink.Client) error {
	return c.Heartbeat(context.Background(), uplink.Heartbeat{Schema: uplink.Schema, Instance: report.Instance{Group: "cell"}, Digest: "ab"})
}

// client is a new client that ends with the spec.
func client(o uplink.Options) *uplink.Client {
	GinkgoHelper()
	c, err := uplink.New(o)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(c.Close)
	return c
}

// as lets options have the client certificate of a pair.
func as(o uplink.Options, p *scenario.Pair) uplink.Options {
	o.Cert, o.PrivateKey = p.CertPEM(), secret.New(p.KeyPEM())
	return o
}

// fails expects that a heartbeat fails, with the same error each time.
func fails(o uplink.Options, why any) error {
	GinkgoHelper()
	c := client(o)
	first := beat(c)
	Expect(first).To(MatchError(why))
	Expect(beat(c)).To(MatchError(first.Error()))
	Expect(first.Error()).NotTo(ContainSubstring("PRIVATE"))
	return first
}

var _ = Describe("a client of the hub", func() {
	var hub *uplinktest.Hub

	BeforeEach(func() { hub = uplinktest.Start(nil) })

	It("sends a report when the hub has none, in a session of TLS that it resumes", func() {
		c := client(hub.Options())
		Expect(beat(c)).To(MatchError(uplink.ErrSendWhole))
		sent := uplink.Report{Schema: uplink.Schema, Digest: "ab", Sequence: uplink.Sequence{Boot: "a", Count: 1}, Report: json.RawMessage(`{"new":1}`)}
		Expect(c.Report(context.Background(), sent)).To(Succeed())
		Expect(hub.Reports()).To(ConsistOf(sent))
		Expect(beat(c)).To(Succeed())
		Expect(c.Report(context.Background(), sent)).To(MatchError(uplink.ErrOlder))
		Expect(c.Note()).To(BeEmpty())
		hub.Answer(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusNoContent)
		})
		Expect(beat(c)).To(Succeed())
		Expect(beat(c)).To(Succeed())
		Expect(hub.Handshakes()[len(hub.Handshakes())-1].DidResume).To(BeTrue())
	})

	It("gets references", func() {
		hub.Answer(func(w http.ResponseWriter, r *http.Request) {
			_ = json.NewEncoder(w).Encode(uplink.ReferencesAnswer{Schema: 1, Kind: "vault", State: reference.OK})
		})
		Expect(client(hub.Options()).References(context.Background(), uplink.ReferencesRequest{Schema: 1})).To(HaveField("Kind", "vault"))
	})

	DescribeTable("explains an answer", func(answer http.HandlerFunc, why string) {
		hub.Answer(answer)
		fails(hub.Options(), HaveSuffix(why))
		_, err := client(hub.Options()).References(context.Background(), uplink.ReferencesRequest{Schema: 1})
		Expect(err).To(MatchError(HaveSuffix(why)))
	},
		Entry("with a sentence", uplinktest.Refuse(403, "the Director does not list cell/0"), " does not accept reports of this instance: the Director does not list cell/0"),
		Entry("without one", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, " does not accept reports of this instance"),
		Entry("with control characters", uplinktest.Refuse(400, "\x1b[2Jno"), ` refuses the message (400): \u001b[2Jno`),
		Entry("of another server", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no such page", 404) },
			" does not answer as a hub: set cert_health.hub.url to the address of the hub for agents (its agents.address)"),
		Entry("that is nonsense", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
			" does not answer as a hub: set cert_health.hub.url to the address of the hub for agents (its agents.address)"),
		Entry("of a proxy that fails", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) }, " fails (502)"),
		Entry("that floods", flood(500), " fails (500)"),
		Entry("whose header floods", func(w http.ResponseWriter, _ *http.Request) {
			for range 100 {
				w.Header().Add("X-Flood", strings.Repeat("x", 1000))
			}
			w.WriteHeader(204)
		}, " does not answer as a hub: check cert_health.hub.url"),
		Entry("that is cut off", uplinktest.HangUp, " was closed without an answer: check the hub, and the proxy in front of it if there is one"),
	)

	It("reads no more of the answer than it may have", func() {
		hub.Answer(flood(200))
		_, err := client(hub.Options()).References(context.Background(), uplink.ReferencesRequest{Schema: 1})
		Expect(err).To(MatchError(HaveSuffix("has more than 16 MB")))
	})

	It("follows no redirect", func() {
		other := uplinktest.Start(nil)
		hub.Answer(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+r.URL.Path, http.StatusPermanentRedirect)
		})
		fails(hub.Options(), ContainSubstring("redirects to another server, which agents never follow"))
		Expect(other.Heartbeats()).To(BeEmpty())
	})

	It("does not wait for a hub that hangs", func() {
		hub.Answer(uplinktest.Hang)
		o := hub.Options()
		o.Timeout = 200 * time.Millisecond
		fails(o, ContainSubstring("did not answer in time"))
	})

	It("is told that nothing listens", func() {
		hub.Stop()
		fails(hub.Options(), ContainSubstring("nothing listens at "+strings.TrimPrefix(hub.URL, "https://")))
	})

	It("is told that the server uses no TLS", func() {
		plain := httptest.NewServer(http.NotFoundHandler())
		DeferCleanup(plain.Close)
		o := hub.Options()
		o.URL = []string{strings.Replace(plain.URL, "http:", "https:", 1)}
		fails(o, ContainSubstring("does not use TLS"))
	})

	DescribeTable("passes on the pause that a hub asks for", func(header, date string, pause time.Duration) {
		hub.Answer(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			if date != "" {
				w.Header().Set("Date", date)
			}
			w.WriteHeader(http.StatusTooManyRequests)
		})
		Expect(uplink.PauseOf(fails(hub.Options(), ContainSubstring("has too many requests under way")))).To(Equal(pause))
	},
		Entry("in seconds", "7", "", 7*time.Second),
		Entry("at most ten minutes", "86400", "", 10*time.Minute),
		Entry("more than a number can hold", "99999999999999999999999", "", 10*time.Minute),
		Entry("as a time", "Sun, 22 Nov 2026 03:04:35 GMT", "Sun, 22 Nov 2026 03:04:05 GMT", 30*time.Second),
		Entry("in the past", "Sun, 22 Nov 2026 03:04:05 GMT", "Sun, 22 Nov 2026 03:04:35 GMT", time.Duration(0)),
		Entry("nonsense", "-5", "", time.Duration(0)),
		Entry("nothing", "", "", time.Duration(0)),
	)

	Describe("with several hubs", func() {
		var (
			second *uplinktest.Hub
			o      uplink.Options
		)
		BeforeEach(func() {
			second = uplinktest.Start(func(c *tls.Config) { c.ClientCAs.AddCert(hub.CA.X509) })
			o = hub.Options()
			o.CACert += second.CA.CertPEM()
			o.URL = append(o.URL, second.URL)
		})
		It("asks the next one if one fails, and stays with the one that answers", func() {
			hub.Answer(uplinktest.Refuse(500, "broken"))
			c := client(o)
			Expect(beat(c)).To(MatchError(uplink.ErrSendWhole))
			Expect(c.URL()).To(Equal(second.URL))
			Expect(beat(c)).To(MatchError(uplink.ErrSendWhole))
			Expect(hub.Heartbeats()).To(HaveLen(1))
			Expect(second.Heartbeats()).To(HaveLen(2))
		})
		It("asks the next one if there is no connection", func() {
			hub.Stop()
			Expect(beat(client(o))).To(MatchError(uplink.ErrSendWhole))
		})
		It("does not ask another one after a refusal, which would be the same", func() {
			hub.Answer(uplinktest.Refuse(403, "no"))
			Expect(beat(client(o))).To(MatchError(ContainSubstring("no")))
			Expect(second.Heartbeats()).To(BeEmpty())
		})
		It("begins with the one that it is told", func() {
			o.First = 3
			Expect(beat(client(o))).To(MatchError(uplink.ErrSendWhole))
			Expect(hub.Heartbeats()).To(BeEmpty())
		})
		It("says why the last one has not answered", func() {
			hub.Stop()
			second.Answer(uplinktest.Refuse(503, "the database does not answer"))
			Expect(beat(client(o))).To(MatchError(ContainSubstring("the database does not answer")))
		})
	})

	It("refuses a report that no hub takes, before it sends it", func() {
		large := uplink.Report{Report: json.RawMessage(`"` + strings.Repeat("x", uplink.MaxWholeReport) + `"`)}
		Expect(client(hub.Options()).Report(context.Background(), large)).To(MatchError(ContainSubstring("has more than 32 MB")))
		noise := make([]byte, uplink.MaxReport*2)
		for i := range noise {
			noise[i] = 'A' + byte(rand.N(58))&^0x20 | byte(rand.N(2))<<5
		}
		large.Report = json.RawMessage(`"` + strings.NewReplacer(`\`, "a", `"`, "b").Replace(string(noise)) + `"`)
		Expect(client(hub.Options()).Report(context.Background(), large)).To(MatchError(ContainSubstring("has more than 4 MB")))
		Expect(hub.Handshakes()).To(BeEmpty())
	})

	It("ends with its context", func() {
		hub.Answer(uplinktest.Hang)
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(10*time.Millisecond, cancel)
		Expect(errors.Is(client(hub.Options()).Heartbeat(ctx, uplink.Heartbeat{}), context.Canceled)).To(BeTrue())
	})
})

// flood answers without an end.
func flood(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		for block := make([]byte, 64<<10); ; {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
}

var _ = Describe("the settings of the client", func() {
	DescribeTable("are refused", func(change func(*uplink.Options), why string) {
		o := uplink.Options{URL: []string{"https://hub.example:8444"}, Cert: "/c", PrivateKey: secret.New("/k"), Interval: time.Minute}
		Expect(o.Problems()).To(BeEmpty())
		change(&o)
		Expect(o.Problems()).To(ConsistOf(HavePrefix(why)))
	},
		Entry("without TLS", func(o *uplink.Options) { o.URL = []string{"http://hub.example"} }, "hub.url[0] must begin with https://"),
		Entry("with a path", func(o *uplink.Options) { o.URL = []string{"https://hub.example/v1"} }, "hub.url[0] must have nothing but a host and a port"),
		Entry("with a password", func(o *uplink.Options) { o.URL = []string{"https://u:p@hub.example"} }, "hub.url[0] must have nothing but a host and a port"),
		Entry("with another identity", func(o *uplink.Options) { o.Identity = "vm" }, "hub.identity must be certificate or nats"),
		Entry("without a certificate", func(o *uplink.Options) { o.Cert, o.PrivateKey = "", secret.Value{} }, "hub.certificate is missing"),
		Entry("without a key", func(o *uplink.Options) { o.PrivateKey = secret.Value{} }, "hub needs both certificate and private_key"),
		Entry("with a short interval", func(o *uplink.Options) { o.Interval = time.Second }, "hub.interval must be from 10s to 10m"),
	)
	It("are not needed without a URL", func() { Expect((&uplink.Options{}).Problems()).To(BeEmpty()) })
})
