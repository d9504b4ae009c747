package terminal_test

import (
	"bytes"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
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
		Expect(inspection(report.Build(contents()))).To(HavePrefix(`rep.service.cf.internal
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
})
