package api_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/api"
	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/catalog/sample"
)

func queryOf(text string) catalog.Query {
	values, err := url.ParseQuery(text)
	Expect(err).NotTo(HaveOccurred())
	q, err := catalog.ParseQuery(values)
	Expect(err).NotTo(HaveOccurred())
	return q
}

var _ = Describe("certificates", func() {
	It("has the promised keys", func() {
		page := decode[map[string]any](newRig(12).get("/v1/certificates?state=expired"), http.StatusOK)
		Expect(page).To(HaveKeyWithValue("total", BeEquivalentTo(1)))
		Expect(page["counts"]).To(HaveKeyWithValue("ok", BeEquivalentTo(4)))
		c := page["certificates"].([]any)[0].(map[string]any)
		for _, key := range []string{"id", "name", "subject", "issuer", "serial", "sans", "not_before", "not_after", "ca", "key", "state", "severity", "unverified", "placements", "findings"} {
			Expect(c).To(HaveKey(key))
		}
		Expect(c["placements"].([]any)[0]).To(HaveKeyWithValue("path", "/bosh/cf-0/service_1"))
		Expect(c["findings"].([]any)[0]).To(SatisfyAll(HaveKeyWithValue("code", "expired"), HaveKey("message"), HaveKey("why"), HaveKey("steps")))
		Expect(c["findings"].([]any)[0].(map[string]any)["steps"].([]any)[0]).To(HaveKeyWithValue("run", ConsistOf("credhub", "regenerate", "-n", "/bosh/cf-0/service_1")))
	})

	It("pages to the end", func() {
		r := newRig(250)
		seen := map[string]bool{}
		target := "/v1/certificates?limit=40&sort=-name"
		for target != "" {
			page := decode[api.Certificates](r.get(target), http.StatusOK)
			for _, c := range page.Certificates {
				Expect(seen).NotTo(HaveKey(c.ID))
				seen[c.ID] = true
			}
			if target = ""; page.Next != "" {
				target = "/v1/certificates?limit=40&sort=-name&after=" + page.Next
			}
		}
		Expect(seen).To(HaveLen(r.view.List(catalog.Query{}).Total))
	})

	It("shows one with its relations", func() {
		r := newRig(40)
		leaf := decode[api.Certificates](r.get("/v1/certificates?ca=false&type=vault"), http.StatusOK).Certificates[0]
		one := decode[api.OneCertificate](r.get("/v1/certificates/"+leaf.ID), http.StatusOK)
		Expect(one.SignerName).To(Equal("Platform CA"))
		ca := decode[api.OneCertificate](r.get("/v1/certificates/"+one.Signer), http.StatusOK)
		Expect(ca.Leaves).To(BeNumerically(">", 10))
		Expect(ca.SignsTotal).To(Equal(len(ca.Signs)))
		Expect(r.get("/v1/certificates/" + strings.ToUpper(leaf.ID)).Code).To(Equal(http.StatusOK))
		Expect(r.get("/v1/certificates/none").Code).To(Equal(http.StatusNotFound))
	})

	It("says which parameter is wrong, as a problem", func() {
		answer := newRig(0).get("/v1/certificates?within=soon")
		problem := decode[map[string]any](answer, http.StatusBadRequest)
		Expect(answer.Header().Get("Content-Type")).To(Equal("application/problem+json"))
		Expect(problem).To(HaveKeyWithValue("detail", `the parameter "within": it is not a valid duration: write 90s, 24h, 30d or 1y`))
		Expect(problem["errors"].([]any)[0]).To(HaveKeyWithValue("location", "query.within"))
	})

	It("knows a mistyped source from one without certificates", func() {
		r := newRig(12)
		for _, path := range []string{"/v1/certificates", "/v1/certificates.csv"} {
			problem := decode[map[string]any](r.get(path+"?source=valt"), http.StatusBadRequest)
			Expect(problem).To(HaveKeyWithValue("detail", `the parameter "source": the hub has no source of this name: look at its sources; did you mean "vault"?`))
			Expect(r.get(path + "?type=valt").Code).To(Equal(http.StatusBadRequest))
			Expect(r.get(path + "?type=hub").Code).To(Equal(http.StatusOK))
		}
	})

	It("is not ready before the first view", func() {
		answer := newRig(-1).get("/v1/certificates")
		Expect(answer.Code).To(Equal(http.StatusServiceUnavailable))
		Expect(answer.Header().Get("Retry-After")).To(Equal("5"))
	})

	It("draws the tree, with paths for the list", func() {
		r := newRig(250)
		tree := decode[api.Tree](r.get("/v1/tree?source=vault&path=secret"), http.StatusOK)
		Expect(tree.Nodes).NotTo(BeEmpty())
		for _, node := range tree.Nodes {
			total := 0
			for state, n := range node.Counts {
				if state != catalog.History {
					total += n
				}
			}
			page := decode[api.Certificates](r.get("/v1/certificates?source=vault&path="+url.QueryEscape(node.Path)), http.StatusOK)
			Expect(page.Total).To(Equal(total))
		}
	})

	It("sums up", func() {
		summary := decode[api.Summary](newRig(12).get("/v1/summary"), http.StatusOK)
		Expect(summary.Total).To(Equal(11))
		Expect(summary.Sources).To(HaveKeyWithValue(catalog.SourceStale, 1))
		Expect(summary.Worst[0].Severity).To(Equal("critical"))
		Expect(summary.Problems).NotTo(BeEmpty()) // the client secret of CredHub ends
	})

	It("writes CSV in which no cell is a formula", func() {
		r := newRig(400)
		rows, err := csv.NewReader(r.get("/v1/certificates.csv").Body).ReadAll()
		Expect(err).NotTo(HaveOccurred())
		Expect(rows).To(HaveLen(1 + r.view.List(catalog.Query{}).Total))
		names := map[string]bool{}
		for _, row := range rows {
			names[row[1]] = true
			for _, cell := range row {
				Expect(strings.IndexAny(cell, "=+-@\t\r\n")).NotTo(Equal(0), cell)
				Expect(cell).NotTo(ContainSubstring("\u202e"))
				Expect(cell).NotTo(ContainSubstring("\x1b"))
			}
		}
		Expect(names).To(HaveKey("'" + sample.Hostile()[2]))
	})
})
