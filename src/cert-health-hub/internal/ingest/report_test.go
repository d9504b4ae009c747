package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/uplink"
)

var _ = Describe("reports", func() {
	places := map[string]func() string{"SQLite": newFile, "PostgreSQL": func() string {
		if postgres == nil {
			Skip("PostgreSQL is not installed")
		}
		url, err := postgres.NewDatabase(context.Background())
		Expect(err).NotTo(HaveOccurred())
		return url
	}}
	for name, place := range places {
		It("are stored in "+name+" as they came, before the agent is told; then its heartbeats are answered from memory", func() {
			r := newRig(place(), nil)
			a := r.agent("3f2a", "127.0.0.1", r.shared())
			a.digest = digestOf("a")
			Expect(a.beat()).To(Equal(answer{Status: http.StatusConflict, Error: "the hub does not have this report: send it whole"}))
			m := a.message("a")
			Expect(a.send(m)).To(status(http.StatusNoContent))
			kept := a.kept()
			Expect(kept.Reporting).To(And(
				HaveField("Digest", a.digest), HaveField("Sequence", a.sequence), HaveField("AZ", "z1"), HaveField("Peer", "127.0.0.1"),
				HaveField("Client", MatchRegexp(`^CN=cert-health-agent \(issuer's key [0-9a-f]{16}\)$`)), HaveField("Address", "127.0.0.1")))
			unpacked, err := gzip.NewReader(bytes.NewReader(kept.Report))
			Expect(err).NotTo(HaveOccurred())
			Expect(io.ReadAll(unpacked)).To(MatchJSON(m.Report), "with its unknown keys")
			r.store.fail(errors.New("the database is away"))
			Expect(a.beat()).To(status(http.StatusNoContent))
			r.store.fail(nil)
			Expect(a.send(m)).To(status(http.StatusNoContent), "the answer to the first one may have been lost")
			r.start()
			r.clock.Increment(time.Second)
			Expect(a.again().beat()).To(status(http.StatusNoContent), "after a restart")
			Eventually(func() error {
				fleet, err := r.db.FleetSince(context.Background(), 0, func(dbReport) error { return nil })
				if err == nil && (len(fleet.Pulses) != 1 || fleet.Pulses[0].Scanned.IsZero()) {
					err = errors.New("the heartbeat is not saved")
				}
				return err
			}).Should(Succeed())
			again := a.again()
			Expect(again.report("b")).To(status(http.StatusNoContent))
			Expect(a.kept().Digest).To(Equal(digestOf("b")))
		})
	}

	var r *rig
	var a *agent
	BeforeEach(func() {
		r = newRig(newFile(), nil)
		a = r.agent("3f2a", "127.0.0.1", r.shared())
	})

	It("are the same in any order of keys, and with any other keys", func() {
		unpacked := func() []byte {
			GinkgoHelper()
			from, err := gzip.NewReader(bytes.NewReader(a.kept().Report))
			Expect(err).NotTo(HaveOccurred())
			text, err := io.ReadAll(from)
			Expect(err).NotTo(HaveOccurred())
			return text
		}
		for n, form := range []string{
			`{"schema":1,"digest":"%s","sequence":%s,"report":%s}`,
			`{"schema":1,"digest":"%s","sequence":%s,"report" : %s ` + "\n}\n",
			`{"report":null,"schema":1,"digest":"%s","sequence":%s,"report": %s }`,
			`{"schema":1,"digest":"%s","sequence":%s,"report":%s,"new":{"report":{}}}`,
			`{"new":{"report":{}},"schema":1,"digest":"%s","sequence":%s,"report":%s}`,
			`{"new":"\"report\":","schema":1,"digest":"%s","sequence":%s,"report":%s}`,
		} {
			m := a.message(string("abcdef"[n]))
			Expect(a.post(uplink.ReportsPath, fmt.Appendf(nil, form, m.Digest, encoded(m.Sequence), m.Report))).To(status(http.StatusNoContent), form)
			Expect(a.beat()).To(status(http.StatusNoContent), form)
			Expect(string(unpacked())).To(Equal(string(m.Report)), form)
		}
		for _, form := range []string{
			`{"schema":1,"digest":"%s","sequence":%s,"report":%s`,
			`{"schema":1,"digest":"%s","sequence":%s,"report":%s}}`,
			`{"schema":1,"digest":"%s","sequence":%s,"report":%s,}`,
			`{"schema":1,"digest":"%s","sequence":%s,"report":%s}` + "\u00a0",
			`{"schema":1,"digest":"%s","sequence":%s,"report":%s` + "\u0085}",
			`[{"schema":1,"digest":"%s","sequence":%s,"report":%s}`,
		} {
			m := a.message("a")
			Expect(a.post(uplink.ReportsPath, fmt.Appendf(nil, form, m.Digest, encoded(m.Sequence), m.Report))).To(status(http.StatusBadRequest), form)
		}
	})

	It("that came late replace no newer one", func() {
		first := a.message("a")
		Expect(a.report("b")).To(status(http.StatusNoContent))
		Expect(a.send(first)).To(status(http.StatusConflict))
		Expect(a.kept().Digest).To(Equal(digestOf("b")))
		same := a.message("c")
		same.Sequence = a.kept().Sequence
		Expect(a.send(same)).To(status(http.StatusConflict), "the same sequence with another digest")
		Expect(a.kept().Digest).To(Equal(digestOf("b")))
	})

	It("of an earlier boot replace none of a later one", func() {
		old := a.message("a")
		Expect(a.report("b")).To(status(http.StatusNoContent))
		a.sequence = uplink.Sequence{Boot: "second"}
		Expect(a.report("c")).To(status(http.StatusNoContent))
		Expect(a.send(old)).To(status(http.StatusConflict))
		Expect(a.kept().Digest).To(Equal(digestOf("c")))
		Expect(a.beat()).To(status(http.StatusNoContent))
	})

	It("are not acknowledged while the database does not take them, and are sent again", func() {
		r.store.fail(errors.New("database is full"))
		m := a.message("a")
		refused := a.send(m)
		Expect(refused).To(And(status(http.StatusServiceUnavailable), HaveField("Pause", Not(BeEmpty())), HaveField("Error", Not(ContainSubstring("full")))))
		Expect(a.beat()).To(status(http.StatusConflict))
		r.store.fail(nil)
		Expect(a.send(m)).To(status(http.StatusNoContent))
	})

	It("are not acknowledged while another process holds the lock of the database", func() {
		other, err := r.db.SQL().Conn(ctx)
		Expect(err).NotTo(HaveOccurred())
		defer other.Close()
		_, err = other.ExecContext(ctx, "BEGIN IMMEDIATE")
		Expect(err).NotTo(HaveOccurred())
		m := a.message("a")
		Expect(a.send(m)).To(And(status(http.StatusServiceUnavailable), HaveField("Pause", Not(BeEmpty()))))
		_, err = other.ExecContext(ctx, "ROLLBACK")
		Expect(err).NotTo(HaveOccurred())
		Expect(a.send(m)).To(status(http.StatusNoContent))
	})

	It("of one instance are stored one at a time", func() {
		r.store.hold = make(chan struct{})
		m := a.message("a")
		answers := make(chan answer, 1)
		go func() {
			defer GinkgoRecover()
			answers <- a.send(m)
		}()
		Eventually(r.store.hold).Should(Receive())
		Expect(a.again().send(m)).To(And(status(http.StatusTooManyRequests), HaveField("Pause", Not(BeEmpty()))))
		Eventually(r.store.hold).Should(Receive())
		Eventually(answers).Should(Receive(status(http.StatusNoContent)))
	})

	It("are counted", func() {
		Expect(a.report("a")).To(status(http.StatusNoContent))
		Expect(a.beat()).To(status(http.StatusNoContent))
		counted := map[string]uint64{}
		for _, c := range r.Counts() {
			counted[c.Kind+" "+c.Result] += c.Number
		}
		Expect(counted).To(And(HaveKeyWithValue("report taken", BeEquivalentTo(1)), HaveKeyWithValue("heartbeat taken", BeEquivalentTo(1)), HaveKeyWithValue("report refused", BeEquivalentTo(0))))
	})

	It("come with questions, which are answered", func() {
		Expect(a.ask()).To(status(http.StatusOK))
		Expect(r.questions).To(Receive(HaveField("Instance.ID", "3f2a")))
	})
})
