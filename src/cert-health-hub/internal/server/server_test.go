package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/people"
)

var _ = Describe("the hub", func() {
	const password = "correct horse battery"

	It("is alive and becomes ready, and ends", func() {
		h := start("")
		status, body := h.get("/healthz")
		Expect(status).To(Equal(http.StatusOK))
		Expect(body).To(Equal("ok\n"))
		h.ready()
	})

	It("shows its own certificate as a source", func() {
		h := start("external_url: https://certificates.example.com\nmetrics: {placements: true}\n")
		Eventually(h.metrics).Should(And(
			ContainSubstring(`cert_health_hub_source_up{source="hub",type="hub"} 1`),
			MatchRegexp(`x509_cert_not_after\{.*filepath="endpoint certificates.example.com:443".*subject_CN="hub"`)))
	})

	It("shows a source that does not answer as such, and goes on", func() {
		h := start("sources: [{name: gone, type: vault, address: 'https://127.0.0.1:1', auth: {token: s3cr3t}, timeout: 5s}]\n")
		Eventually(h.metrics).Should(And(
			ContainSubstring(`cert_health_hub_source_up{source="gone",type="vault"} 0`),
			ContainSubstring(`cert_health_hub_source_failures{source="gone",type="vault"} 1`)))
		h.ready()
		Expect(h.log.String()).NotTo(ContainSubstring("s3cr3t"))
	})

	It("answers while its database does not, and says so without its address", func() {
		h := start("database: {url: 'postgres://hub:s3cr3t@127.0.0.1:1/hub?connect_timeout=2'}\n")
		status, _ := h.get("/healthz")
		Expect(status).To(Equal(http.StatusOK))
		status, body := h.get("/readyz")
		Expect(status).To(Equal(http.StatusServiceUnavailable))
		Expect(body).To(Equal("the database does not answer: see the hub's log\n"))
		Eventually(h.log.String).Should(ContainSubstring("the hub waits for its database"))
		Expect(h.log.String()).NotTo(ContainSubstring("s3cr3t"))
		Expect(h.metrics()).To(ContainSubstring("cert_health_hub_build_info"))
		Expect(h.send(http.MethodGet, "/v1/info")).To(HaveHTTPStatus(http.StatusOK))
	})

	It("shows its pages, answers its API and Doomsday's clients to people who have logged in", func() {
		h := start("")
		Eventually(h.metrics).Should(ContainSubstring(`cert_health_hub_source_up{source="hub",type="hub"} 1`))
		h.addUser("alice", password, people.Operator)

		status, body := h.get("/")
		Expect(status).To(Equal(http.StatusUnauthorized), "a program is told to log in")
		Expect(body).To(ContainSubstring("log in first"))
		Expect(h.send(http.MethodGet, "/v1/certificates")).To(HaveHTTPStatus(http.StatusUnauthorized))
		page := h.send(http.MethodGet, "/", "Accept", "text/html")
		Expect(page.Request.URL.Path).To(Equal("/login"), "a browser is sent there")
		Expect(page.Header.Get("Content-Security-Policy")).To(ContainSubstring("default-src 'none'"))
		Expect(page.Header.Get("Strict-Transport-Security")).NotTo(BeEmpty())

		Expect(h.post("/login", url.Values{"name": {"alice"}, "password": {"wrong horse battery"}})).To(HaveHTTPStatus(http.StatusUnauthorized))
		answer := h.post("/login", url.Values{"name": {"alice"}, "password": {password}})
		Expect(answer).To(HaveHTTPStatus(http.StatusSeeOther))
		Expect(answer.Header.Get("Set-Cookie")).To(And(HavePrefix("__Host-"), ContainSubstring("HttpOnly"), ContainSubstring("Secure"), ContainSubstring("SameSite=Lax")))

		for path, part := range map[string]string{
			"/": "alice", "/certificates": "hub", "/sources": "hub", "/timeline": "", "/events": "alice logs in", "/tokens": "", "/v1/sources": `"name":"hub"`,
			"/v1/certificates": `"total":1`, "/v1/fleet": `"configured":false`, "/v1/cache": `"common_name":"hub"`, "/v1/info": `"auth_type":"Userpass"`, "/v1/openapi.json": "3.1",
		} {
			status, body := h.get(path)
			Expect(status).To(Equal(http.StatusOK), path)
			Expect(body).To(ContainSubstring(part), path)
		}
		Expect(h.post("/sources/refresh", url.Values{"source": {"hub"}})).To(HaveHTTPStatus(http.StatusSeeOther))
		_, body = h.get("/events")
		Expect(body).To(ContainSubstring("asked for a collection"))
		_, body = h.get("/v1/certificates")
		own := regexp.MustCompile(`"id":"(\w+)"`).FindStringSubmatch(body)
		Expect(own).To(HaveLen(2))
		for _, ended := range []string{"/certificates/" + own[1] + "/unacknowledge", "/tokens/ended/delete"} {
			Expect(h.post(ended, nil)).To(HaveHTTPStatus(http.StatusSeeOther), "a second click")
		}
		Expect(h.log.String()).NotTo(ContainSubstring("horse"))
	})

	It("gives scripts tokens, and lets viewers change nothing", func() {
		h := start("")
		h.ready()
		h.addUser("bob", password, people.Viewer)
		answer, err := h.client.Post(h.url+"/v1/login", "application/json", strings.NewReader(`{"username": "bob", "password": "`+password+`"}`))
		Expect(err).NotTo(HaveOccurred())
		defer answer.Body.Close()
		var login struct{ Token, Role string }
		Expect(json.NewDecoder(answer.Body).Decode(&login)).To(Succeed())
		Expect(login.Role).To(Equal("viewer"))
		Expect(h.send(http.MethodGet, "/v1/certificates", "Authorization", "Bearer "+login.Token)).To(HaveHTTPStatus(http.StatusOK))
		Expect(h.send(http.MethodGet, "/v1/cache", "X-Doomsday-Token", login.Token)).To(HaveHTTPStatus(http.StatusOK))
		Expect(h.send(http.MethodPost, "/v1/refresh", "Authorization", "Bearer "+login.Token)).To(HaveHTTPStatus(http.StatusForbidden))
		Expect(h.send(http.MethodGet, "/v1/certificates", "Authorization", "Bearer wrong")).To(HaveHTTPStatus(http.StatusUnauthorized))
		Expect(h.log.String()).NotTo(ContainSubstring(login.Token))
	})

	It("gives each person a calendar at a secret URL, until it is removed", func() {
		h := start("")
		h.ready()
		h.addUser("bob", password, people.Viewer)
		Expect(h.post("/login", url.Values{"name": {"bob"}, "password": {password}})).To(HaveHTTPStatus(http.StatusSeeOther))
		page, err := io.ReadAll(h.post("/calendar", nil).Body)
		Expect(err).NotTo(HaveOccurred())
		key := regexp.MustCompile(`/calendar\.ics\?key=\w+`).FindString(string(page))
		Expect(key).NotTo(BeEmpty())
		h.client.Jar = nil // a calendar program sends no cookie
		Eventually(func() string { _, body := h.get(key); return body }).Should(And(HavePrefix("BEGIN:VCALENDAR"), ContainSubstring("SUMMARY:hub expires")))
		status, _ := h.get("/calendar.ics?key=wrong")
		Expect(status).To(Equal(http.StatusNotFound))
		Expect(h.log.String()).NotTo(ContainSubstring(strings.TrimPrefix(key, "/calendar.ics?key=")))
	})

	It("asks for no login on loopback if it is told so", func() {
		h := start("login: {none: true, local: false}\n")
		h.ready()
		status, _ := h.get("/certificates")
		Expect(status).To(Equal(http.StatusOK))
		_, body := h.get("/v1/info")
		Expect(body).To(ContainSubstring(`"auth_type":"None"`))
	})

	It("tells a site whose name leads to loopback nothing of the certificates", func() {
		h := start("login: {none: true, local: false}\nmetrics: {placements: true}\n")
		h.ready()
		for _, path := range []string{"/", "/certificates.csv", "/events", "/calendar.ics", "/metrics", "/v1/certificates", "/v1/cache"} {
			request, err := http.NewRequest(http.MethodGet, h.url+path, nil)
			Expect(err).NotTo(HaveOccurred())
			for host, allowed := range map[string]bool{"rebound.example.com": false, "localhost:8443": true} {
				request.Host = host
				answer, err := h.client.Do(request)
				Expect(err).NotTo(HaveOccurred())
				Expect(answer.Body.Close()).To(Succeed())
				Expect(answer.StatusCode != http.StatusForbidden).To(Equal(allowed), "%s as %s: %d", path, host, answer.StatusCode)
			}
		}
	})
})
