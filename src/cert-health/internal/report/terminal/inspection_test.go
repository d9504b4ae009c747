package terminal_test

import (
	"bytes"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
	"cert-health/internal/report/sample"
	"cert-health/internal/report/terminal"
)

func inspection(r *report.Report) string {
	GinkgoHelper()
	var out bytes.Buffer
	Expect(terminal.WriteInspection(r, &out, terminal.Style{Width: 80})).To(Succeed())
	return out.String()
}

var _ = Describe("WriteInspection", func() {
	It("writes everything about every certificate", func() {
		Expect(inspection(report.Build(sample.Contents()))).To(HavePrefix(`rep.service.cf.internal [expired, stale]
  subject   CN=rep.service.cf.internal
  issuer    CN=ca
  names     rep.service.cf.internal
  valid     2025-11-22 03:04 UTC to 2026-11-22 00:04 UTC
  key       0, signed with 0
  usages    leaf
  serial    ab
  sha256    0100000000000000000000000000000000000000000000000000000000000000
  at        rep config/certs/server.crt:1 as pem
  at        /etc/x.der as der
  critical  expired`))
	})

	DescribeTable("names a validity that no duration holds, or that is known in part",
		func(from, until time.Time, valid, expires string) {
			r := report.Build(sample.Contents())
			for i := range r.Certificates {
				r.Certificates[i].NotBefore, r.Certificates[i].NotAfter = from, until
			}
			Expect(inspection(r)).To(ContainSubstring("\n  valid     " + valid + "\n"))
			Expect(table(r, terminal.Style{Width: 120})).To(MatchRegexp("rep.service.cf.internal +(leaf +)?" + expires + "  "))
		},
		Entry("without an end", date(2026, 1, 1), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
			"2026-01-01 00:00 UTC to 9999-12-31 23:59 UTC, which means that it\n            never expires", "never"),
		Entry("for 1000 years", date(2026, 1, 1), date(3026, 1, 1), "2026-01-01 00:00 UTC to 3026-01-01 00:00 UTC", "1000y"),
		Entry("1000 years ago", date(1026, 1, 1), date(1026, 1, 2), "1026-01-01 00:00 UTC to 1026-01-02 00:00 UTC", "1000y ago"),
		Entry("with an unknown beginning", time.Time{}, date(2026, 1, 1), "until 2026-01-01 00:00 UTC", "325d ago"),
	)
})

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
