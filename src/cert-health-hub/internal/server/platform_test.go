package server_test

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
	"cert-health/internal/report/sample"
	"cert-health/internal/survey/wire"
	"cert-health/internal/uplink"
)

var _ = Describe("what the hub computes over the platform", func() {
	It("is about the reports that it has stored", func() {
		a := newAgents()
		h := start("login: {none: true, local: false}\n" + a.settings(""))
		h.ready()
		contents, err := json.Marshal(report.Build(sample.Contents()))
		Expect(err).NotTo(HaveOccurred())
		status, said := post(a.client(&tls.ConnectionState{}, nil), h.agentsAddress(), uplink.ReportsPath,
			uplink.Report{Schema: 1, Digest: strings.Repeat("a", 64), Sequence: uplink.Sequence{Boot: "b", Count: 1}, Report: contents})
		Expect(status).To(Equal(http.StatusNoContent), said)
		Eventually(func(g Gomega) {
			status, body := h.get("/v1/survey")
			g.Expect(status).To(Equal(http.StatusOK), body)
			read, err := wire.Read(strings.NewReader(body))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(read.Instances).To(HaveExactElements(HaveField("Places", HaveLen(3))))
			g.Expect(read.Find("rep.service.cf.internal")).NotTo(BeEmpty())
		}).WithTimeout(time.Minute).Should(Succeed())
		for _, page := range []string{"/rotations", "/explain", "/v1/rotations", "/v1/trust", "/v1/breaks"} {
			status, body := h.get(page)
			Expect(status).To(Equal(http.StatusOK), page+": "+body)
		}
	})
})
