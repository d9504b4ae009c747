package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/api"
)

// keysOf are the keys of a JSON object.
func keysOf(object any) (keys []string) {
	for key := range object.(map[string]any) {
		keys = append(keys, key)
	}
	return keys
}

var _ = Describe("Doomsday's API", func() {
	It("tells the version and the type of login", func() {
		r := newRig(0)
		info := func() map[string]any { return decode[map[string]any](r.ask("", "GET", "/v1/info", ""), http.StatusOK) }
		Expect(info()).To(SatisfyAll(HaveKeyWithValue("version", "1.2.3"), HaveKeyWithValue("auth_type", "Userpass")))
		r.people.methods = api.Methods{}
		Expect(info()).To(HaveKeyWithValue("auth_type", "None"))
	})

	It("logs in with a token and a cookie", func() {
		answer := newRig(0).ask("", "POST", "/v1/auth", `{"username":"ann","password":"`+password+`"}`)
		Expect(decode[map[string]any](answer, http.StatusOK)).To(Equal(map[string]any{"token": "viewer"}))
		cookie := answer.Result().Cookies()[0]
		Expect(cookie.Name).To(Equal("doomsday-token"))
		Expect(cookie.HttpOnly).To(BeTrue())
	})

	It("refuses a login without a body", func() {
		r := newRig(0)
		for body, status := range map[string]int{`{"username":"ann","password":"x"}`: 401, `{`: 400} {
			answer := r.ask("", "POST", "/v1/auth", body)
			Expect(answer.Code).To(Equal(status))
			Expect(answer.Body.String()).To(BeEmpty())
		}
		r.people.methods = api.Methods{}
		Expect(r.ask("", "POST", "/v1/auth", `{}`).Code).To(Equal(http.StatusNotImplemented))
	})

	It("takes the token in its header and its cookie", func() {
		for _, set := range []func(*http.Request){
			func(r *http.Request) { r.Header.Set("X-Doomsday-Token", "viewer") },
			func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "doomsday-token", Value: "viewer"}) },
		} {
			request := httptest.NewRequest("GET", "/v1/cache", nil)
			set(request)
			answer := httptest.NewRecorder()
			newRig(0).handler.ServeHTTP(answer, request)
			Expect(answer.Code).To(Equal(http.StatusOK))
			Expect(strings.TrimSpace(answer.Body.String())).To(Equal(`{"content":[]}`))
		}
	})

	It("lists certificates by the end of their validity", func() {
		cache := decode[struct {
			Content []struct {
				Paths []struct {
					Backend  string `json:"backend"`
					Location string `json:"location"`
				} `json:"paths"`
				CommonName string `json:"common_name"`
				NotAfter   int64  `json:"not_after"`
			} `json:"content"`
		}](newRig(12).get("/v1/cache"), http.StatusOK)
		Expect(cache.Content).To(HaveLen(11))
		Expect(slices.IsSortedFunc(cache.Content, func(a, b struct {
			Paths []struct {
				Backend  string `json:"backend"`
				Location string `json:"location"`
			} `json:"paths"`
			CommonName string `json:"common_name"`
			NotAfter   int64  `json:"not_after"`
		}) int {
			return int(a.NotAfter - b.NotAfter)
		})).To(BeTrue())
		Expect(cache.Content[0].Paths[0].Backend).To(Equal("credhub"))
		Expect(cache.Content[0].Paths[0].Location).To(Equal("/bosh/cf-0/service_1:certificate"))
	})

	It("has no keys that Doomsday does not have", func() {
		var cache, scheduler map[string]any
		Expect(json.Unmarshal(newRig(1).get("/v1/cache").Body.Bytes(), &cache)).To(Succeed())
		Expect(keysOf(cache)).To(ConsistOf("content"))
		item := cache["content"].([]any)[0]
		Expect(keysOf(item)).To(ConsistOf("paths", "common_name", "not_after"))
		Expect(keysOf(item.(map[string]any)["paths"].([]any)[0])).To(ConsistOf("backend", "location"))
		Expect(json.Unmarshal(newRig(1).get("/v1/scheduler").Body.Bytes(), &scheduler)).To(Succeed())
		Expect(keysOf(scheduler)).To(ConsistOf("running", "pending", "workers"))
		Expect(keysOf(scheduler["pending"].([]any)[0])).To(ConsistOf("at", "backend", "reason", "kind", "id", "state", "worker_id"))
		Expect(keysOf(scheduler["workers"].([]any)[0])).To(ConsistOf("id", "state", "state_at"))
	})

	It("refreshes all sources", func() {
		r := newRig(0)
		Expect(r.ask("operator", "POST", "/v1/cache/refresh", "").Code).To(Equal(http.StatusNoContent))
		Expect(r.refreshed).To(Equal([]string{""}))
	})
})
