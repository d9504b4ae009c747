package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/api"
	"cert-health/hub/internal/platform/sample"
	"cert-health/internal/explain"
	"cert-health/internal/rotation"
	"cert-health/internal/trust"
)

// old is the fingerprint of the CA that the rotation of the sample takes away.
func (r *rig) old() string {
	return decode[rotation.State](r.escaped("/v1/rotations/"+url.PathEscape(sample.CA)), http.StatusOK).Old[0].Fingerprint
}

var _ = Describe("what is computed over the platform", func() {
	explained := func(r *rig, log string) *httptest.ResponseRecorder {
		request := httptest.NewRequest(http.MethodPost, "/v1/explain", strings.NewReader(log))
		request.Header.Set("Content-Type", "text/plain")
		request.Header.Set("Authorization", "Bearer "+r.tokens["viewer"])
		return r.send(request)
	}

	It("says who can talk to whom", func() {
		m := decode[trust.Matrix](newPlatformRig(100).get("/v1/trust?from=rep&to=bbs"), http.StatusOK)
		Expect(m.Edges).To(HaveLen(1))
		Expect(m.Edges[0].Cells).NotTo(BeEmpty())
		Expect(m.Counts[trust.Trusted]).To(Equal(len(m.Edges[0].Cells)))
	})

	It("says what a step would change, before it is taken", func() {
		r := newPlatformRig(100)
		Expect(decode[trust.Matrix](r.escaped("/v1/trust?from=rep&to=bbs&after=remove+CA+"+r.old()), http.StatusOK)).To(And(
			HaveField("After", HaveLen(1)), HaveField("Counts", HaveKey(trust.UnknownCA))))
		Expect(r.escaped("/v1/trust?after=destroy+everything").Code).To(Equal(http.StatusBadRequest))
	})

	It("says what stops until a time, in the order in which it stops", func() {
		r := newPlatformRig(100)
		Expect(decode[api.Breaks](r.get("/v1/breaks?within=1d"), http.StatusOK).Breaks).To(BeEmpty())
		found := decode[api.Breaks](r.get("/v1/breaks?within=60d"), http.StatusOK).Breaks
		Expect(found).NotTo(BeEmpty())
		Expect(found[0].Certificate.Name).To(BeElementOf("bbs.service.cf.internal", "rep.service.cf.internal"))
		Expect(r.get("/v1/breaks?within=soon").Code).To(Equal(http.StatusBadRequest))
	})

	It("says which certificate a log is about, and logs nothing of it", func() {
		r := newPlatformRig(100)
		answer := decode[explain.Answer](explained(r, "Post \"https://bbs.service.cf.internal:8889\": x509: certificate has expired or is not yet valid: current time 2026-11-26T11:58:01Z is after 2026-11-26T11:00:00Z hunter3\n"), http.StatusOK)
		Expect(answer.Cases).NotTo(BeEmpty())
		Expect(r.log.String()).NotTo(ContainSubstring("hunter3"))
		Expect(explained(r, "\x1f\x8b\x08\x00\x00").Code).To(Equal(http.StatusBadRequest))
		Expect(explained(r, strings.Repeat("a line of a log\n", 9<<16)).Code).To(Equal(http.StatusRequestEntityTooLarge))
	})
})
