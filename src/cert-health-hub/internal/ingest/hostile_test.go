package ingest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
	"cert-health/internal/uplink"
)

var _ = Describe("what no honest agent sends", func() {
	var r *rig
	var a *agent
	BeforeEach(func() {
		r = newRig(newFile(), nil)
		a = r.agent("3f2a", "127.0.0.1", r.shared())
	})
	// sent sends a report whose message is changed.
	sent := func(change func(*uplink.Report)) answer {
		GinkgoHelper()
		m := a.message("a")
		change(&m)
		return a.send(m)
	}
	nothingKept := func() {
		GinkgoHelper()
		_, err := r.db.Report(ctx, a.key())
		Expect(err).To(HaveOccurred())
	}
	// of is the report of the agent with other certificates.
	of := func(certificates string) json.RawMessage {
		return fmt.Appendf(nil, `{"schema": 1, "instance": %s, "certificates": [%s]}`, encoded(a.instance), certificates)
	}
	const small = `{"fingerprint_sha256":"a","locations":[{}]}`

	DescribeTable("is no report", func(code int, change func(*uplink.Report)) {
		Expect(sent(change)).To(And(status(code), HaveField("Error", Not(BeEmpty()))))
		nothingKept()
	},
		Entry("another schema of the message", http.StatusBadRequest, func(m *uplink.Report) { m.Schema = 2 }),
		Entry("another schema of the report", http.StatusBadRequest, func(m *uplink.Report) { m.Report = json.RawMessage(`{"schema": 2}`) }),
		Entry("no report", http.StatusBadRequest, func(m *uplink.Report) { m.Report = json.RawMessage(`null`) }),
		Entry("a list", http.StatusBadRequest, func(m *uplink.Report) { m.Report = json.RawMessage(`[]`) }),
		Entry("no digest", http.StatusBadRequest, func(m *uplink.Report) { m.Digest = "" }),
		Entry("a digest with a control character", http.StatusBadRequest, func(m *uplink.Report) { m.Digest = strings.Repeat("a", 63) + "\n" }),
		Entry("no boot", http.StatusBadRequest, func(m *uplink.Report) { m.Sequence.Boot = "" }),
		Entry("a long boot", http.StatusBadRequest, func(m *uplink.Report) { m.Sequence.Boot = strings.Repeat("b", 101) }),
		Entry("a certificate without a place", http.StatusBadRequest, func(m *uplink.Report) { m.Report = of(`{"fingerprint_sha256": "ab"}`) }),
		Entry("100,001 certificates", http.StatusBadRequest, func(m *uplink.Report) { m.Report = of(small + strings.Repeat(","+small, 100_000)) }),
		Entry("more than 32 MB", http.StatusRequestEntityTooLarge, func(m *uplink.Report) { m.Report = of(`"` + strings.Repeat("a", 33<<20) + `"`) }),
	)

	DescribeTable("is no instance", func(change func(*report.Instance)) {
		change(&a.instance)
		a.digest = digestOf("a")
		for _, got := range []answer{a.beat(), a.report("a"), a.ask()} {
			Expect(got).To(And(status(http.StatusBadRequest), HaveField("Error", ContainSubstring("deployment, group and id"))))
		}
	},
		Entry("no deployment", func(i *report.Instance) { i.Deployment = "" }),
		Entry("no id", func(i *report.Instance) { i.ID = "" }),
		Entry("a slash", func(i *report.Instance) { i.ID = "a/b" }),
		Entry("dots", func(i *report.Instance) { i.Group = ".." }),
		Entry("a line feed", func(i *report.Instance) { i.Group = "a\nb" }),
		Entry("a tag", func(i *report.Instance) { i.Deployment = "<b>" }),
		Entry("another script", func(i *report.Instance) { i.Deployment = "сf" }),
		Entry("a zero byte", func(i *report.Instance) { i.ID = "a\x00" }),
		Entry("a long name", func(i *report.Instance) { i.ID = strings.Repeat("a", 201) }),
	)

	It("as zone or address is left out, not shown", func() {
		a.instance.AZ, a.instance.Address = "z1\x1b[2J", strings.Repeat("1", 300)
		m := a.message("a")
		Expect(a.send(m)).To(status(http.StatusNoContent))
		Expect(a.kept()).To(And(HaveField("AZ", BeEmpty()), HaveField("Reporting.Address", BeEmpty())))
	})

	It("takes no more memory than its limits: bombs and large bodies", func() {
		bomb := packed(bytes.Repeat([]byte(" "), 64<<20))
		Expect(a.post(uplink.ReportsPath, bomb, "Content-Encoding", "gzip")).To(status(http.StatusRequestEntityTooLarge))
		Expect(a.post(uplink.ReportsPath, make([]byte, uplink.MaxReport+1), "Content-Encoding", "gzip")).To(status(http.StatusRequestEntityTooLarge))
		Expect(a.post(uplink.HeartbeatsPath, bytes.Repeat([]byte(" "), uplink.MaxHeartbeat+1))).To(status(http.StatusRequestEntityTooLarge))
		Expect(a.post(uplink.ReferencesPath, bytes.Repeat([]byte(" "), uplink.MaxReferences+1))).To(status(http.StatusRequestEntityTooLarge))
	})

	It("is a body without JSON, gzip or UTF-8, one that is cut off, or one of another encoding", func() {
		m := encoded(a.message("a"))
		Expect(a.post(uplink.ReportsPath, m, "Content-Encoding", "gzip")).To(status(http.StatusBadRequest))
		Expect(a.post(uplink.ReportsPath, m, "Content-Encoding", "br")).To(status(http.StatusUnsupportedMediaType))
		Expect(a.post(uplink.ReportsPath, packed(m)[:100], "Content-Encoding", "gzip")).To(status(http.StatusBadRequest))
		Expect(a.post(uplink.ReportsPath, packed(m[:100]), "Content-Encoding", "gzip")).To(status(http.StatusBadRequest))
		Expect(a.post(uplink.ReportsPath, packed(bytes.Replace(m, []byte("cert-a"), []byte("cert\xff"), 1)), "Content-Encoding", "gzip")).To(status(http.StatusBadRequest))
		Expect(a.post(uplink.HeartbeatsPath, []byte("{"))).To(status(http.StatusBadRequest))
		Expect(a.post(uplink.HeartbeatsPath, nil)).To(status(http.StatusBadRequest))
		Expect(a.post("/v1/instances", m)).To(status(http.StatusNotFound))
		got, err := a.client.Get(r.server.URL + uplink.ReportsPath)
		Expect(err).NotTo(HaveOccurred())
		Expect(got.Body.Close()).To(Succeed())
		Expect(got).To(And(HaveHTTPStatus(http.StatusMethodNotAllowed), HaveHTTPHeaderWithValue("Allow", "POST")))
		nothingKept()
		Expect(a.post(uplink.ReportsPath, m)).To(status(http.StatusNoContent), "without gzip")
	})

	It("is not a VM with 100,000 certificates, nor a report of an older release", func() {
		m := a.message("a")
		m.Report = of(small + strings.Repeat(","+small, 99_999))
		Expect(a.send(m)).To(status(http.StatusNoContent))
		m = a.message("b")
		m.Report = of(small)
		Expect(a.send(m)).To(status(http.StatusNoContent))
	})

	It("keeps no slot for long: one address has four, and others go on", func() {
		var group sync.WaitGroup
		ends, cut := context.WithCancel(ctx)
		for range 4 {
			slow := a.again()
			group.Go(func() {
				body, write := io.Pipe()
				context.AfterFunc(ends, func() { _ = write.CloseWithError(errors.New("cut")) })
				_, _ = slow.try(uplink.ReportsPath, body, "Content-Encoding", "gzip")
			})
		}
		Eventually(r.Within).Should(Equal(4))
		Expect(a.report("a")).To(And(status(http.StatusTooManyRequests), HaveField("Pause", Not(BeEmpty()))))
		Expect(r.agent("other", "127.0.0.2", r.shared()).report("a")).To(status(http.StatusNoContent))
		cut()
		group.Wait()
		Eventually(r.Within).Should(BeZero())
		Expect(a.report("b")).To(status(http.StatusNoContent))
	})

	It("keeps no slot at all: VMs that stop in the middle of a report delay no other one", func() {
		ends, cut := context.WithCancel(ctx)
		var group sync.WaitGroup
		for vm := range 20 {
			stuck := r.agent(fmt.Sprint("stuck-", vm), fmt.Sprint("127.0.3.", vm+1), r.shared())
			for number := range 3 {
				path := []string{uplink.ReportsPath, uplink.ReferencesPath}[number%2]
				group.Go(func() {
					body, write := io.Pipe()
					context.AfterFunc(ends, func() { _ = write.CloseWithError(errors.New("cut")) })
					go func() { _, _ = write.Write(make([]byte, 50<<10)) }()
					_, _ = stuck.try(path, body)
				})
			}
		}
		Eventually(r.UnderWay).WithTimeout(time.Minute).Should(Equal(60))
		Expect(a.report("a")).To(status(http.StatusNoContent))
		Expect(a.ask()).To(status(http.StatusOK))
		cut()
		group.Wait()
		Eventually(r.Within).Should(BeZero())
	})

	It("gets no more than four answers that it does not read", func() {
		large := strings.Repeat("x", 24<<20) // more than the buffers of a connection hold
		r.say = func() uplink.ReferencesAnswer {
			return uplink.ReferencesAnswer{Schema: uplink.Schema, State: "ok", Title: large}
		}
		Expect(a.report("a")).To(status(http.StatusNoContent))
		question := encoded(uplink.ReferencesRequest{Schema: 1, Instance: a.instance})
		for range 4 {
			got, err := a.again().client.Post(r.server.URL+uplink.ReferencesPath, "application/json", bytes.NewReader(question))
			Expect(err).NotTo(HaveOccurred())
			DeferCleanup(got.Body.Close)
			Expect(got).To(HaveHTTPStatus(http.StatusOK))
		}
		Expect(a.ask()).To(status(http.StatusTooManyRequests))
		Expect(r.agent("other", "127.0.0.2", r.shared()).report("a")).To(status(http.StatusNoContent))
	})

	It("makes few events, however many instances it claims", func() {
		r.roster = newRoster(listed("other", "x", "127.0.0.9"))
		r.start()
		liar := r.agent("0", "127.0.0.1", r.shared())
		liar.digest = digestOf("a")
		Eventually(liar.beat).Should(status(http.StatusForbidden))
		for i := range 1200 {
			liar.instance.ID = fmt.Sprint("id-", i)
			Expect(liar.beat()).To(status(http.StatusForbidden))
		}
		Consistently(func() int { return len(r.events("refused")) }, 2*time.Second, 500*time.Millisecond).Should(BeNumerically("<=", 1000))
	})
})
