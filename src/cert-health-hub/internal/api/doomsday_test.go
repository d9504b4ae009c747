package api_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/people"
)

// keysOf are the keys of a JSON object.
func keysOf(object any) (keys []string) {
	for key := range object.(map[string]any) {
		keys = append(keys, key)
	}
	return keys
}

var _ = Describe("Doomsday's API", func() {
	withoutLogin := func() *rig {
		options := people.Default()
		options.Local, options.None, options.InsecurePublicNone = false, true, true
		return newRigWith(0, options)
	}

	It("tells the version and the type of login", func() {
		info := func(r *rig) map[string]any {
			return decode[map[string]any](r.ask("", "GET", "/v1/info", ""), http.StatusOK)
		}
		Expect(info(newRig(0))).To(SatisfyAll(HaveKeyWithValue("version", "1.2.3"), HaveKeyWithValue("auth_type", "Userpass")))
		Expect(info(withoutLogin())).To(HaveKeyWithValue("auth_type", "None"))
	})

	It("logs in with a token and a cookie, and takes both", func() {
		r := newRig(0)
		answer := r.ask("", "POST", "/v1/auth", `{"username":"ann","password":"`+password+`"}`)
		token := decode[map[string]string](answer, http.StatusOK)
		Expect(keysOf(decode[any](answer, http.StatusOK))).To(ConsistOf("token"))
		cookie := answer.Result().Cookies()[0]
		Expect(cookie.Name).To(Equal("doomsday-token"))
		Expect(cookie.HttpOnly).To(BeTrue())
		for _, set := range []func(*http.Request){
			func(r *http.Request) { r.Header.Set("X-Doomsday-Token", token["token"]) },
			func(r *http.Request) { r.AddCookie(cookie) },
		} {
			request := httptest.NewRequest("GET", "/v1/cache", nil)
			set(request)
			Expect(strings.TrimSpace(r.send(request).Body.String())).To(Equal(`{"content":[]}`))
		}
	})

	It("refuses a login without a body", func() {
		r := newRig(0)
		for body, status := range map[string]int{`{"username":"ann","password":"x"}`: 401, `{`: 400} {
			answer := r.ask("", "POST", "/v1/auth", body)
			Expect(answer.Code).To(Equal(status))
			Expect(answer.Body.String()).To(BeEmpty())
		}
		Expect(withoutLogin().ask("", "POST", "/v1/auth", `{}`).Code).To(Equal(http.StatusNotImplemented))
	})

	It("lists certificates by the end of their validity", func() {
		type path struct{ Backend, Location string }
		type item struct {
			Paths    []path
			NotAfter int64 `json:"not_after"`
		}
		cache := decode[struct{ Content []item }](newRig(12).get("/v1/cache"), http.StatusOK)
		Expect(cache.Content).To(HaveLen(11))
		Expect(slices.IsSortedFunc(cache.Content, func(a, b item) int { return cmp.Compare(a.NotAfter, b.NotAfter) })).To(BeTrue())
		Expect(cache.Content[0].Paths[0]).To(Equal(path{"credhub", "/bosh/cf-0/service_1:certificate"}))
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
		Expect(scheduler["pending"].([]any)[0]).To(SatisfyAll(HaveKeyWithValue("kind", "refresh"), HaveKeyWithValue("reason", "scheduled"), HaveKeyWithValue("state", "pending")))
		Expect(keysOf(scheduler["workers"].([]any)[0])).To(ConsistOf("id", "state", "state_at"))
	})

	It("refreshes all sources", func() {
		r := newRig(0)
		Expect(r.ask("operator", "POST", "/v1/cache/refresh", "").Code).To(Equal(http.StatusNoContent))
		Expect(r.refreshed).To(Equal([]string{"all"}))
	})
})
