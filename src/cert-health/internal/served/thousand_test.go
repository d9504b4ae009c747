package served_test

import (
	"io"
	"net"
	"slices"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

var _ = Describe("an agent on a VM with a thousand listening ports", func() {
	// An address is not a server name: each server gets one connection for each observation.
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	issue := func(name string, day int) *scenario.Pair {
		return scenario.Issue(scenario.Spec{CommonName: name, Issuer: ca, SANs: []string{"127.0.0.1"}, NotBefore: time.Now().AddDate(0, 0, day-30)})
	}

	It("finds the few with outdated certificates, three at a time, and does not probe the others again", func() {
		c := newCrowd()
		c.site.write(c.site.config("ca.pem"), ca.CertPEM())
		good, old, renewed := issue("good", 1), issue("old", 1), issue("old", 2)
		c.encrypted("good", 6, good, good)
		c.encrypted("old", 3, old, renewed)
		c.encrypted("strange", 1, issue("strange", 1), nil)
		var over atomic.Int32 // connections to servers that hang
		c.add("hang", 2, func(connection net.Conn) {
			_, _ = io.Copy(io.Discard, connection)
			over.Add(1)
		})
		c.add("reset", 4, func(connection net.Conn) { _ = connection.(*net.TCPConn).SetLinger(0) })
		c.add("flood", 4, func(connection net.Conn) {
			for err := error(nil); err == nil; {
				_, err = io.WriteString(connection, "blah ")
			}
		})
		c.add("answer", 8, func(connection net.Conn) {
			_, _ = connection.Read(make([]byte, 1))
			_, _ = io.WriteString(connection, "ERR unknown command\r\n")
		})
		c.add("speak", 970, func(connection net.Conn) { _, _ = io.WriteString(connection, "SSH-2.0-x\r\n") })

		watch := c.start()
		<-c.few // without answers, all connections stay open
		Expect(c.came.Load()).To(BeEquivalentTo(concurrency))
		close(c.gate)
		for look := 1; look <= 5; look++ {
			r := watch.look(func() bool { return int(over.Load()) == 2*min(look, 3) && slices.Equal(c.visits("speak"), []int{1}) })
			Expect(r.Served.Shown).To(HaveLen(10))
			for _, shown := range r.Served.Shown {
				state := map[string]report.ServedState{"good": report.Loaded, "old": report.NotLoaded, "strange": report.Unfiled}[shown.Name]
				Expect(shown.State).To(Equal(state), shown.Name)
			}
			Expect(r.Summary.ByCode).To(Equal(map[verdict.Code]int{verdict.NotLoaded: 1}))
			at := slices.IndexFunc(r.Certificates, func(c report.Certificate) bool { return c.Name == "old" })
			Expect(r.Certificates[at].Served.Addresses).To(ConsistOf(texts(c.addresses("old"))))
			Expect(r.Certificates[at].Findings[0].Message).To(ContainSubstring("and at 2 more addresses"))
			Expect(r.Certificates[at].Findings[0].Next).To(Equal("monit restart busy"))

			Expect(c.visits("old")).To(Equal([]int{look}), "after each interval")
			for _, once := range []string{"good", "strange", "flood", "answer", "speak"} {
				Expect(c.visits(once)).To(Equal([]int{1}), once)
			}
			for _, never := range []string{"hang", "reset"} {
				Expect(c.visits(never)).To(Equal([]int{min(look, 3)}), never)
			}
			watch.move()
		}
	})
})
