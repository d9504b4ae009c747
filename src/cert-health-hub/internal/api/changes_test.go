package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/api"
	"cert-health/hub/internal/catalog"
)

var _ = Describe("changes", func() {
	It("keeps an acknowledgement, and an event with the name of the person", func() {
		r := newRig(12)
		id := string(r.view.List(catalog.Query{}).Entries[0].ID)
		ack := decode[api.Ack](r.ask("operator", "POST", "/v1/acknowledgements", strings.ReplaceAll(until, "CERT", id)), http.StatusCreated)
		Expect(ack.By).To(Equal("olaf"))
		Expect(ack.Until.Format("2006-01-02T15")).To(Equal("2026-12-25T00"))
		contents, err := r.store.Load(context.Background())
		Expect(err).NotTo(HaveOccurred())
		Expect(contents.Acknowledgements).To(HaveLen(1))
		events := decode[api.Events](r.get("/v1/events"), http.StatusOK).Events
		Expect(events[0].Actor).To(Equal("olaf"))
		Expect(events[0].Text).To(ContainSubstring("planned"))
		Expect(r.ask("operator", "DELETE", "/v1/acknowledgements/"+id, "").Code).To(Equal(http.StatusNoContent))
		again := decode[map[string]any](r.ask("operator", "DELETE", "/v1/acknowledgements/"+id, ""), http.StatusNotFound)
		Expect(again).To(HaveKeyWithValue("detail", "the certificate with this ID is not acknowledged"))
	})

	It("says in a sentence what is wrong with a body", func() {
		r := newRig(12)
		unknown := decode[map[string]any](r.ask("operator", "POST", "/v1/acknowledgements", `{"certificate":"x","until":"2026-12-24","reason":"x","force":true}`), 422)
		Expect(unknown["detail"]).To(HavePrefix("the request is not valid: body.force: "))
		form := httptest.NewRequest("POST", "/v1/login", strings.NewReader(`{"username":"a","password":"b"}`))
		form.Header.Set("Content-Type", "application/x-www-form-urlencoded") // as curl -d sends it
		Expect(decode[map[string]any](r.send(form), 415)).To(HaveKeyWithValue("detail", "the body is not JSON: send JSON, with the header Content-Type: application/json"))
	})

	DescribeTable("refuses an acknowledgement", func(body string, status int) {
		r := newRig(12)
		id := string(r.view.List(catalog.Query{}).Entries[0].ID)
		Expect(r.ask("operator", "POST", "/v1/acknowledgements", strings.ReplaceAll(body, "CERT", id)).Code).To(Equal(status))
	},
		Entry("in the past", `{"certificate":"CERT","until":"2026-11-25","reason":"x"}`, 400),
		Entry("of years", `{"certificate":"CERT","until":"2030-01-01","reason":"x"}`, 400),
		Entry("without a day", `{"certificate":"CERT","until":"soon","reason":"x"}`, 400),
		Entry("without a reason", `{"certificate":"CERT","until":"2026-12-24","reason":" "}`, 400),
		Entry("of an unknown certificate", `{"certificate":"none","until":"2026-12-24","reason":"x"}`, 404),
		Entry("with another key", `{"certificate":"CERT","until":"2026-12-24","reason":"x","force":true}`, 422),
		Entry("that is not JSON", `{`, 400),
	)

	It("asks for a collection of one source or of all", func() {
		r := newRig(0)
		Expect(r.ask("operator", "POST", "/v1/refresh", "").Code).To(Equal(http.StatusAccepted))
		Expect(r.ask("operator", "POST", "/v1/sources/vault/refresh", "").Code).To(Equal(http.StatusAccepted))
		Expect(r.ask("operator", "POST", "/v1/sources/none/refresh", "").Code).To(Equal(http.StatusNotFound))
		Expect(r.refreshed).To(Equal([]string{"all", "vault"}))
		page := decode[api.Events](r.get("/v1/events?limit=1"), http.StatusOK)
		Expect(page.Events).To(HaveLen(1))
		next := decode[api.Events](r.get("/v1/events?limit=1&before="+page.Next), http.StatusOK)
		Expect(next.Events[0].ID).To(BeNumerically("<", page.Events[0].ID))
	})

	It("makes a token once, of a role that the person has", func() {
		r := newRig(0)
		created := decode[api.CreatedToken](r.ask("viewer", "POST", "/v1/tokens", `{"name":"script","expires_in":"30d"}`), http.StatusCreated)
		Expect(created.Owner).To(Equal("ann"))
		r.tokens["created"] = created.Token
		Expect(r.ask("created", "GET", "/v1/certificates", "").Code).To(Equal(http.StatusOK))
		Expect(r.ask("viewer", "POST", "/v1/tokens", `{"name":"script","role":"operator"}`).Code).To(Equal(http.StatusForbidden))
		Expect(r.ask("viewer", "POST", "/v1/tokens", `{"name":"script","expires_in":"2y"}`).Code).To(Equal(http.StatusBadRequest))
		for _, target := range []string{"/v1/tokens", "/v1/events", "/v1/events.csv"} {
			Expect(r.get(target).Body.String()).NotTo(ContainSubstring(created.Token))
		}
		Expect(r.log.String()).NotTo(ContainSubstring(created.Token))
		Expect(r.ask("viewer", "DELETE", "/v1/tokens/"+created.ID, "").Code).To(Equal(http.StatusNoContent))
		Expect(r.ask("created", "GET", "/v1/certificates", "").Code).To(Equal(http.StatusUnauthorized))
		Expect(r.ask("viewer", "DELETE", "/v1/tokens/"+created.ID, "").Code).To(Equal(http.StatusNotFound))
	})
})
