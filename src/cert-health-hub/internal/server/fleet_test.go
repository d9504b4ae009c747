package server_test

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("the first page", func() {
	It("is the fleet where a Director is a source, and the stores have a page of their own", func() {
		h := start("login: {none: true, local: false}\nsources: [{name: bosh, type: director, address: 'https://127.0.0.1:1', client_id: hub, client_secret: s3cr3t, timeout: 5s}]\n")
		h.ready()
		for page, title := range map[string]string{"/": "Fleet", "/stores": "Stores", "/instances": "VMs", "/fleet": "Certificates on VMs"} {
			status, body := h.get(page)
			Expect(status).To(Equal(http.StatusOK), page)
			Expect(body).To(ContainSubstring("<title>"+title+" · cert-health</title>"), page)
		}
	})

	It("is the stores on a hub that knows no VMs", func() {
		h := start("login: {none: true, local: false}\n")
		h.ready()
		_, body := h.get("/")
		Expect(body).To(ContainSubstring("<title>Stores · cert-health</title>"))
		status, _ := h.get("/instances")
		Expect(status).To(Equal(http.StatusNotFound))
	})
})
