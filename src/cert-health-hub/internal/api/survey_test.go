package api_test

import (
	"compress/gzip"
	"net/http"
	"net/http/httptest"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/api"
	"cert-health/hub/internal/people"
	"cert-health/internal/survey/wire"
)

var _ = Describe("the survey", func() {
	It("is written in lines, compressed for those who read that", func() {
		r := newRig(0)
		plain := r.get("/v1/survey")
		Expect(plain.Code).To(Equal(http.StatusOK))
		Expect(plain.Header().Get("Content-Type")).To(Equal(wire.ContentType))
		read, err := wire.Read(plain.Body)
		Expect(err).NotTo(HaveOccurred())
		Expect(read.Instances).To(HaveLen(60))

		request := httptest.NewRequest(http.MethodGet, "/v1/survey?deployment=mysql", nil)
		request.Header.Set("Authorization", "Bearer "+r.tokens["viewer"])
		request.Header.Set("Accept-Encoding", "deflate, gzip;q=1.0")
		packed := r.send(request)
		Expect(packed.Header().Get("Content-Encoding")).To(Equal("gzip"))
		unpacked, err := gzip.NewReader(packed.Body)
		Expect(err).NotTo(HaveOccurred())
		read, err = wire.Read(unpacked)
		Expect(err).NotTo(HaveOccurred())
		Expect(read.Instances).To(HaveLen(3))
	})

	It("refuses a deployment that it does not know, and other parameters", func() {
		r := newRig(0)
		Expect(r.get("/v1/survey?deployment=mysq").Code).To(Equal(http.StatusBadRequest))
		Expect(r.get("/v1/survey?group=mysql").Code).To(Equal(http.StatusBadRequest))
	})

	It("is not there while the hub reads its database, or if it makes none", func() {
		Expect(newRig(-1).get("/v1/survey").Code).To(Equal(http.StatusServiceUnavailable))
		Expect(newRigOf(0, people.Default(), func(o *api.Options) { o.Platform = nil }).get("/v1/survey").Code).To(Equal(http.StatusNotFound))
	})
})
