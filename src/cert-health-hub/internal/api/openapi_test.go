package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// document is the part of an OpenAPI document that the specs need.
type document struct {
	OpenAPI string                               `json:"openapi"`
	Paths   map[string]map[string]map[string]any `json:"paths"`
}

var _ = Describe("the OpenAPI document", func() {
	It("is the one in docs", func() {
		answer := newRig(0).ask("", http.MethodGet, "/v1/openapi.json", "")
		Expect(answer.Code).To(Equal(http.StatusOK))
		var pretty bytes.Buffer
		Expect(json.Indent(&pretty, bytes.Replace(answer.Body.Bytes(), []byte(`"version":"1.2.3"`), []byte(`"version":"1"`), 1), "", "  ")).To(Succeed())
		pretty.WriteByte('\n')
		file := filepath.Join("..", "..", "..", "..", "docs", "openapi.json")
		if os.Getenv("UPDATE") != "" {
			Expect(os.WriteFile(file, pretty.Bytes(), 0o644)).To(Succeed())
		}
		written, err := os.ReadFile(file)
		Expect(err).NotTo(HaveOccurred())
		Expect(bytes.Equal(written, pretty.Bytes())).To(BeTrue(), "docs/openapi.json differs: run the specs of internal/api with UPDATE=1")
	})

	It("is of version 3.1 and names no other site", func() {
		answer := newRig(0).ask("", http.MethodGet, "/v1/openapi.json", "")
		Expect(decode[document](answer, http.StatusOK).OpenAPI).To(HavePrefix("3.1"))
		Expect(newRig(0).ask("", http.MethodGet, "/docs", "").Code).To(Equal(http.StatusNotFound))
	})
})
