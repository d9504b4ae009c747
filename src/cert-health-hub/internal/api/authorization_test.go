package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/api"
	"cert-health/hub/internal/catalog/sample"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/people"
)

// route is one operation, a request for it that a role may make, and its answer.
type route struct {
	method, path, target, body string
	least                      string // the role that is needed; empty: none
	status                     int    // for a role that may
}

const until = `{"certificate":"CERT","until":"2026-12-24","reason":"planned"}`

// routes are all operations.
func routes() []route {
	return []route{
		{"GET", "/v1/certificates", "/v1/certificates", "", "viewer", 200},
		{"GET", "/v1/certificates.csv", "/v1/certificates.csv", "", "viewer", 200},
		{"GET", "/v1/certificates/{id}", "/v1/certificates/CERT", "", "viewer", 200},
		{"GET", "/v1/tree", "/v1/tree", "", "viewer", 200},
		{"GET", "/v1/summary", "/v1/summary", "", "viewer", 200},
		{"GET", "/v1/fleet", "/v1/fleet", "", "viewer", 200},
		{"GET", "/v1/fleet.csv", "/v1/fleet.csv", "", "viewer", 200},
		{"GET", "/v1/fleet/{row}", "/v1/fleet/ROW", "", "viewer", 200},
		{"GET", "/v1/instances", "/v1/instances", "", "viewer", 200},
		{"GET", "/v1/instances.csv", "/v1/instances.csv", "", "viewer", 200},
		{"GET", "/v1/instances/{deployment}/{group}/{id}", "/v1/instances/INSTANCE", "", "viewer", 200},
		{"GET", "/v1/survey", "/v1/survey", "", "viewer", 200},
		{"GET", "/v1/trust", "/v1/trust", "", "viewer", 200},
		{"GET", "/v1/breaks", "/v1/breaks", "", "viewer", 200},
		{"POST", "/v1/explain", "/v1/explain", "x509: certificate has expired", "viewer", 200},
		{"GET", "/v1/rotations", "/v1/rotations", "", "viewer", 200},
		{"GET", "/v1/rotations/{ca}", "/v1/rotations/diego CA", "", "viewer", 200},
		{"GET", "/v1/sources", "/v1/sources", "", "viewer", 200},
		{"GET", "/v1/sources.csv", "/v1/sources.csv", "", "viewer", 200},
		{"POST", "/v1/refresh", "/v1/refresh", "", "operator", 202},
		{"POST", "/v1/sources/{name}/refresh", "/v1/sources/vault/refresh", "", "operator", 202},
		{"GET", "/v1/acknowledgements", "/v1/acknowledgements", "", "viewer", 200},
		{"POST", "/v1/acknowledgements", "/v1/acknowledgements", until, "operator", 201},
		{"DELETE", "/v1/acknowledgements/{id}", "/v1/acknowledgements/CERT", "", "operator", 204},
		{"GET", "/v1/events", "/v1/events", "", "viewer", 200},
		{"GET", "/v1/events.csv", "/v1/events.csv", "", "viewer", 200},
		{"GET", "/v1/info", "/v1/info", "", "", 200},
		{"POST", "/v1/login", "/v1/login", `{"username":"ann","password":"` + password + `"}`, "", 200},
		{"POST", "/v1/auth", "/v1/auth", `{"username":"ann","password":"` + password + `"}`, "", 200},
		{"POST", "/v1/device", "/v1/device", "", "", 200},
		{"POST", "/v1/device/token", "/v1/device/token", `{"device_code":"DEVICE"}`, "", 202},
		{"GET", "/v1/tokens", "/v1/tokens", "", "viewer", 200},
		{"POST", "/v1/tokens", "/v1/tokens", `{"name":"script"}`, "viewer", 201},
		{"DELETE", "/v1/tokens/{id}", "/v1/tokens/TOKEN", "", "viewer", 204},
		{"GET", "/v1/cache", "/v1/cache", "", "viewer", 200},
		{"POST", "/v1/cache/refresh", "/v1/cache/refresh", "", "operator", 204},
		{"GET", "/v1/scheduler", "/v1/scheduler", "", "viewer", 200},
	}
}

// ranks are the senders of requests. A token that has expired counts as none.
func ranks() map[string]int {
	return map[string]int{"": 0, "nonsense": 0, "expired": 0, "viewer": 1, "operator": 2}
}

// prepare makes what the requests are about: an acknowledgement, a device and a token.
func (r *rig) prepare(row route) *strings.Replacer {
	id := string(r.view.List(queryOf("")).Entries[0].ID)
	r.ask("operator", "POST", "/v1/acknowledgements", strings.ReplaceAll(until, "CERT", id))
	var device api.StartedDevice
	if strings.Contains(row.body, "DEVICE") { // their number is limited
		device = decode[api.StartedDevice](r.ask("", "POST", "/v1/device", ""), http.StatusOK)
	}
	owner := people.Person{Name: "ann", Role: people.Viewer}
	token, _, err := r.people.NewToken(context.Background(), owner, "to be removed", people.Viewer, sample.Now())
	Expect(err).NotTo(HaveOccurred())
	return strings.NewReplacer("CERT", id, "DEVICE", device.DeviceCode, "TOKEN", token.ID,
		"ROW", r.fleet.Rows()[0].ID, "INSTANCE", string(r.fleet.Instances(fleet.Query{}).Instances[0].Key))
}

var _ = Describe("authorization", func() {
	It("has a row for each operation of the document", func() {
		described := decode[document](newRig(0).ask("", http.MethodGet, "/v1/openapi.json", ""), http.StatusOK)
		var operations, rows []string
		for path, methods := range described.Paths {
			for method := range methods {
				operations = append(operations, strings.ToUpper(method)+" "+path)
			}
		}
		for _, r := range routes() {
			rows = append(rows, r.method+" "+r.path)
		}
		Expect(rows).To(ConsistOf(operations))
	})

	It("lets each role do what it may, and nothing else", func() {
		r := newRig(12)
		for _, row := range routes() {
			for role, rank := range ranks() {
				fill := r.prepare(row)
				r.refreshed = nil
				answer := r.ask(role, row.method, fill.Replace(row.target), fill.Replace(row.body))
				status := row.status
				switch need := ranks()[row.least]; {
				case rank < need && rank == 0:
					status = http.StatusUnauthorized
				case rank < need:
					status = http.StatusForbidden
				}
				Expect(answer.Code).To(Equal(status), "%s as %q: %s", row.target, role, answer.Body)
				if status >= 400 {
					Expect(answer.Header().Get("Content-Type")).To(Equal("application/problem+json"))
					Expect(r.refreshed).To(BeEmpty())
				}
			}
		}
	})

	It("does not read the body of a request that it refuses", func() {
		answer := newRig(0).ask("", "POST", "/v1/acknowledgements", "not JSON")
		Expect(answer.Code).To(Equal(http.StatusUnauthorized))
		Expect(answer.Header().Get("WWW-Authenticate")).To(HavePrefix("Bearer"))
	})

	It("refuses what another site makes a browser send", func() {
		r := newRig(0)
		request := httptest.NewRequest("POST", "/v1/refresh", nil)
		request.Header.Set("Authorization", "Bearer "+r.tokens["operator"])
		request.Header.Set("Sec-Fetch-Site", "cross-site")
		Expect(r.send(request).Code).To(Equal(http.StatusForbidden))
	})
})
