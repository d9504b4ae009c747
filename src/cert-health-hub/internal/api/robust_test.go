package api_test

import (
	"net/http"
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"
)

var _ = Describe("any request", func() {
	It("gets no error of the server", func() {
		r := newRig(30)
		values := []string{"", "0", "-1", "1", "99999999999999999999", "ok", "30d", "true", "not_after", "-path", "/", "secret/", "%00", "\x00", "\xff", "a;b", "=", "<x>", strings.Repeat("x", 600)}
		keys := []string{"q", "source", "type", "path", "state", "within", "beyond", "expired", "ca", "acknowledged", "sort", "after", "limit", "before", "deployment", "group", "az", "standing", "", "x"}
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			row := rapid.SampledFrom(routes()).Draw(t, "route")
			query := rapid.Custom(func(t *rapid.T) string {
				if rapid.IntRange(0, 9).Draw(t, "raw") == 0 {
					return rapid.String().Draw(t, "text")
				}
				return rapid.SampledFrom(keys).Draw(t, "key") + "=" + url.QueryEscape(rapid.OneOf(rapid.SampledFrom(values), rapid.String()).Draw(t, "value"))
			})
			target := strings.NewReplacer("ROW", "CERT", "INSTANCE", "cf/CERT/CERT").Replace(row.target)
			target = strings.ReplaceAll(target, "CERT", rapid.SampledFrom([]string{"none", "..", "%2e", "\x00", "é"}).Draw(t, "id"))
			target += "?" + strings.Join(rapid.SliceOfN(query, 0, 4).Draw(t, "query"), "&")
			body := rapid.SampledFrom([]string{"", "{}", "[]", "null", "{", `{"certificate":"\u0000","until":"9999-12-31","reason":"x"}`, `{"name":"\ud800"}`, row.body}).Draw(t, "body")
			if answer := r.ask("operator", row.method, target, body); answer.Code >= 500 {
				t.Fatalf("%s %q %q: %d %s", row.method, target, body, answer.Code, answer.Body)
			}
		})
	})

	It("gets a problem for a path or a method that does not exist", func() {
		r := newRig(0)
		answer := r.get("/v1/nothing")
		Expect(decode[map[string]any](answer, http.StatusNotFound)).To(HaveKeyWithValue("title", "Not Found"))
		answer = r.ask("operator", "POST", "/v1/certificates", "")
		Expect(decode[map[string]any](answer, http.StatusMethodNotAllowed)).To(HaveKeyWithValue("detail", "this path takes GET"))
		Expect(answer.Header().Get("Allow")).To(Equal("GET"))
	})

	It("is kept by no cache", func() {
		answer := newRig(0).get("/v1/certificates")
		Expect(answer.Header().Get("Cache-Control")).To(Equal("no-store"))
		Expect(answer.Header().Get("X-Content-Type-Options")).To(Equal("nosniff"))
	})
})
