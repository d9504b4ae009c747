package served_test

import (
	"context"
	"net/netip"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"cert-health/internal/check"
	"cert-health/internal/config"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

// The findings about real servers, from the listening socket to the message.
var _ = Describe("the findings about a real server", func() {
	for _, d := range daemons() {
		It("tell whether it has loaded its file: "+d.job, func() {
			s := newSite(d)
			loaded := s.renew()
			stop := s.start()
			if d.broken {
				s.shows("it completes no handshake", report.Unproven, loaded, loaded)
				s.shows("its file is replaced", report.Unproven, loaded, s.renew())
				return
			}
			s.isWell("started", loaded)

			filed := s.renew()
			s.isNotLoaded("its file is replaced", loaded, filed)
			s.isNotLoaded("asked once more", loaded, filed)
			restart := func() {
				stop()
				stop = s.start()
			}
			restart()
			s.isWell("started again", filed)

			restart()
			s.isWell("started again although its file is the same", filed)
			loaded, filed = filed, s.renew()
			s.isNotLoaded("its file is replaced after it was started again", loaded, filed)
			filed = s.renew()
			s.isNotLoaded("its file is replaced once more", loaded, filed)
			if d.reloads {
				Expect(syscall.Kill(s.pid, syscall.SIGHUP)).To(Succeed())
				Eventually(func() string { return s.look().Served.Shown[0].Fingerprint }, time.Minute).Should(Equal(filed.Fingerprint().String()))
			} else {
				restart()
			}
			s.isWell("it has read its file again", filed)

			s.write(s.config("key.pem"), loaded.KeyPEM())
			s.isWell("its key alone is replaced: it works until somebody starts it again, which is another finding", filed,
				HaveField("Code", verdict.KeyMismatch))
			s.install(loaded)
			s.shows("an older certificate is put back: what it shows did not come before that", report.Unfiled, filed, loaded)
		})
	}
})

// look checks the VM until its server answers, and probes no other port of this machine.
func (s *site) look() *report.Report {
	GinkgoHelper()
	c := config.Default()
	c.Served.Never.Ports = portsBut(s.address)
	var r *report.Report
	Eventually(func() []report.ServedCertificate {
		r = must((&check.Checker{Config: c, Root: s.root, Served: true}).Check(context.Background()))
		return r.Served.Shown
	}, time.Minute).Should(HaveLen(1))
	return r
}

// portsBut are all ports but those. Other programs on this machine, such as the servers of
// other suites, may begin to listen at any time: their ports are never probed.
func portsBut(own ...netip.AddrPort) []uint16 {
	var ports []uint16
	for port := range 1 << 16 {
		if port > 0 && !slices.ContainsFunc(own, func(a netip.AddrPort) bool { return int(a.Port()) == port }) {
			ports = append(ports, uint16(port))
		}
	}
	return ports
}

// shows expects the certificate that the server serves, the certificate in its file, and the
// findings about the second.
func (s *site) shows(step string, state report.ServedState, loaded, filed *scenario.Pair, findings ...types.GomegaMatcher) {
	GinkgoHelper()
	r := s.look()
	Expect(r.Served.Shown[0]).To(And(
		HaveField("Address", s.address.String()), HaveField("Protocol", string(s.daemon.protocol)),
		HaveField("Process", filepath.Base(s.program)), HaveField("Job", s.daemon.job),
		HaveField("State", state), HaveField("Fingerprint", loaded.Fingerprint().String())), step)
	Expect(r.Certificates).To(ConsistOf(
		And(HaveField("Fingerprint", filed.Fingerprint().String()), HaveField("Findings", HaveExactElements(findings))),
		And(HaveField("Fingerprint", s.ca.Fingerprint().String()), HaveField("Findings", BeEmpty()))), step)
}

// isWell expects that the server serves the certificate of its file.
func (s *site) isWell(step string, filed *scenario.Pair, findings ...types.GomegaMatcher) {
	GinkgoHelper()
	s.shows(step, report.Loaded, filed, filed, findings...)
}

// isNotLoaded expects one finding, which says which process has to be restarted.
func (s *site) isNotLoaded(step string, loaded, filed *scenario.Pair) {
	GinkgoHelper()
	s.shows(step, report.NotLoaded, loaded, filed, And(
		HaveField("Code", verdict.NotLoaded), HaveField("Severity", verdict.Error), HaveField("Next", "monit restart "+s.daemon.job),
		HaveField("Message", MatchRegexp(`^%s \(pid \d+\) still serves the previous certificate at %s; that one is valid until `,
			filepath.Base(s.program), s.address)), HaveField("Why", HavePrefix("the process was started "))))
}
