package server_test

import (
	"encoding/json"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/people"
)

// paths are what the hub answers beside the API, and the role that each needs. The API has a table of its
// own.
func paths() map[string]people.Role {
	return map[string]people.Role{
		"GET /healthz": people.Anyone, "GET /readyz": people.Anyone, "GET /metrics": people.Anyone, "GET /login": people.Anyone,
		"GET /assets/none": people.Anyone, "POST /logout": people.Anyone,
		"GET /": people.Viewer, "GET /certificates": people.Viewer, "GET /certificates/none": people.Viewer, "GET /timeline": people.Viewer,
		"GET /sources": people.Viewer, "GET /events": people.Viewer, "GET /tokens": people.Viewer, "POST /tokens": people.Viewer,
		"POST /tokens/none/delete": people.Viewer, "GET /device": people.Viewer, "GET /none": people.Viewer, "GET /v2": people.Viewer,
		"POST /certificates/none/acknowledge": people.Operator, "POST /certificates/none/unacknowledge": people.Operator,
		"POST /sources/refresh": people.Operator,
	}
}

var _ = Describe("authorization of the pages", func() {
	It("lets each role see and do what it may, and nothing else", func() {
		h := start("")
		h.ready()
		const password = "correct horse battery"
		tokens := map[people.Role]string{}
		for _, role := range []people.Role{people.Viewer, people.Operator} {
			h.addUser("the "+string(role), password, role)
			answer, err := h.client.Post(h.url+"/v1/login", "application/json", strings.NewReader(`{"username": "the `+string(role)+`", "password": "`+password+`"}`))
			Expect(err).NotTo(HaveOccurred())
			var login struct{ Token string }
			Expect(json.NewDecoder(answer.Body).Decode(&login)).To(Succeed())
			Expect(answer.Body.Close()).To(Succeed())
			tokens[role] = login.Token
		}
		for route, least := range paths() {
			method, path, _ := strings.Cut(route, " ")
			for _, role := range []people.Role{people.Anyone, people.Viewer, people.Operator} {
				var headers []string
				if role != people.Anyone {
					headers = []string{"Authorization", "Bearer " + tokens[role]}
				}
				status := h.send(method, path, headers...).StatusCode
				refused := status == http.StatusUnauthorized || status == http.StatusForbidden
				Expect(refused).To(Equal(!role.Includes(least)), "%s as %q: %d", route, role, status)
			}
		}
	})
})
