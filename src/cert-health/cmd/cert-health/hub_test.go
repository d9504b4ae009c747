package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

type object = map[string]any

// fakeHub is a server with the API of a hub. It has the answers that a spec gives it.
type fakeHub struct {
	*httptest.Server
	token   string // that it accepts; empty for no login
	methods object
	answers map[string]any // by method and path
	asked   []string       // method, path and query of each request behind the login
	bodies  []string
	missing object // what it answers to what it does not know
	polls   atomic.Int32
}

func newFakeHub() *fakeHub {
	GinkgoHelper()
	h := &fakeHub{token: "s3cr3t-t0ken", methods: object{"local": true}, missing: object{"detail": "the hub does not know this"}, answers: map[string]any{"GET /v1/sources": object{"sources": []object{}}}}
	h.Server = httptest.NewTLSServer(http.HandlerFunc(h.serve))
	DeferCleanup(h.Close)
	return h
}

func (h *fakeHub) serve(w http.ResponseWriter, r *http.Request) {
	body := new(bytes.Buffer)
	_, _ = body.ReadFrom(r.Body)
	route := r.Method + " " + r.URL.Path
	login := object{"token": h.token, "expires": time.Now().Add(time.Hour), "name": "ann", "role": "operator"}
	switch {
	case route == "GET /v1/info":
		h.answer(w, 200, object{"product": "cert-health-hub", "version": "9.9", "login": h.methods})
	case route == "POST /v1/login" && strings.Contains(body.String(), `"password":"pa55"`):
		h.answer(w, 200, login)
	case route == "POST /v1/login":
		h.answer(w, 401, object{"detail": "the name or the password is wrong"})
	case route == "POST /v1/device":
		h.answer(w, 200, object{"device_code": "c0de", "user_code": "ABCD-EFGH", "verification_url": h.URL + "/device", "interval": 1})
	case route == "POST /v1/device/token" && h.polls.Add(1) == 1:
		h.answer(w, 202, object{"pending": true})
	case route == "POST /v1/device/token":
		h.answer(w, 200, login)
	case r.Header.Get("Authorization") != "Bearer "+h.token && h.token != "":
		h.answer(w, 401, object{"detail": "you are not logged in"})
	default:
		h.asked, h.bodies = append(h.asked, strings.TrimSuffix(route+"?"+r.URL.RawQuery, "?")), append(h.bodies, body.String())
		h.known(w, route)
	}
}

func (h *fakeHub) known(w http.ResponseWriter, route string) {
	switch answer := h.answers[route].(type) {
	case nil:
		h.answer(w, 404, h.missing)
	case string:
		_, _ = w.Write([]byte(answer))
	default:
		h.answer(w, 200, answer)
	}
}

func (*fakeHub) answer(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document)
}

var _ = Describe("the commands that ask a hub", func() {
	var h *fakeHub
	var home, ca string

	BeforeEach(func() {
		h, home = newFakeHub(), GinkgoT().TempDir()
		ca = filepath.Join(home, "ca.pem")
		Expect(os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Certificate().Raw}), 0o600)).To(Succeed())
	})
	// typed runs a command with standard input.
	typed := func(in string, args ...string) outcome {
		var out, err bytes.Buffer
		env := map[string]string{"HOME": home, "COLUMNS": "120"}
		code := run(context.Background(), args, console{in: strings.NewReader(in), out: &out, err: &err, env: func(name string) string { return env[name] }})
		return outcome{code, out.String(), err.String()}
	}
	in := func(args ...string) outcome { return typed("", args...) }
	login := func() {
		GinkgoHelper()
		o := typed("pa55\n", "login", h.URL, "--user", "ann", "--ca-cert", ca, "--name", "prod")
		Expect(o.code).To(Equal(exitOK), o.err)
		h.asked = nil
	}
	config := func() string {
		contents, _ := os.ReadFile(filepath.Join(home, ".config/cert-health/hub.json"))
		return string(contents)
	}

	Describe("login", func() {
		It("takes a name and a password, and keeps the token and nothing else", func() {
			o := typed("ann\npa55\n", "login", h.URL, "--ca-cert", ca)
			Expect(o.code).To(Equal(exitOK), o.err)
			Expect(o.err).To(And(ContainSubstring("logged in to "+h.URL+" (cert-health-hub 9.9) as ann, with the role operator, until "), Not(ContainSubstring("t0ken"))))
			Expect(config()).To(And(ContainSubstring("s3cr3t-t0ken"), Not(ContainSubstring("pa55"))))
			Expect(in("target").out).To(ContainSubstring("current"))
		})

		It("waits for the confirmation in the browser if the hub has that", func() {
			h.methods = object{"device": true, "oidc": true}
			o := in("login", h.URL, "--ca-cert", ca)
			Expect(o.code).To(Equal(exitOK), o.err)
			Expect(o.err).To(And(ContainSubstring("Open "+h.URL+"/device\nand confirm the code ABCD-EFGH"), Not(ContainSubstring("c0de"))))
		})

		It("takes an API token, and keeps none that the hub does not know", func() {
			o := typed("s3cr3t-t0ken\n", "login", h.URL, "--ca-cert", ca, "--token", "-")
			Expect(o.code).To(Equal(exitOK), o.err)
			before := config()
			o = in("login", h.URL, "--token", "wr0ng")
			Expect(o.code).To(Equal(exitFailed))
			Expect(o.err).To(And(ContainSubstring("the hub does not know the token"), Not(ContainSubstring("wr0ng"))))
			Expect(config()).To(Equal(before))
		})

		It("needs nothing at a hub without a login", func() {
			h.methods, h.token = object{}, ""
			Expect(in("login", h.URL, "--ca-cert", ca).code).To(Equal(exitOK))
		})

		It("says what is wrong", func() {
			Expect(typed("no\n", "login", h.URL, "--user", "ann", "--ca-cert", ca).err).To(Equal("cert-health: the name or the password is wrong\n"))
			Expect(in("login", h.URL).err).To(ContainSubstring("not of a known CA"))
			Expect(in("login", "http://hub.example").err).To(ContainSubstring("must begin with https://"))
			Expect(in("login").err).To(ContainSubstring("no hub is chosen"))
			Expect(config()).To(BeEmpty())
		})
	})

	It("forget a login, choose a hub and forget it", func() {
		login()
		Expect(in("logout").code).To(Equal(exitOK))
		Expect(config()).NotTo(ContainSubstring("t0ken"))
		Expect(in("list").err).To(ContainSubstring(h.URL + " does not know the login, or it has ended: run cert-health login " + h.URL))
		Expect(in("target", "nothing").err).To(ContainSubstring(`there is no hub "nothing"`))
		Expect(in("target", "prod").code).To(Equal(exitOK))
		Expect(in("target", "prod", "--remove").code).To(Equal(exitOK))
		Expect(in("list").err).To(ContainSubstring("no hub is chosen: run cert-health login https://HUB"))
		Expect(in("show", "rep").err).To(ContainSubstring("login https://HUB, or name reports of VMs with --report"))
	})

	bad := strings.Repeat("ab", 32)
	certificates := func(severity string) object {
		return object{"total": 1, "counts": object{"expired": 1}, "certificates": []object{{"id": bad, "name": "router\x1b[31m", "state": "expired", "severity": severity,
			"not_after": "2020-01-01T00:00:00Z", "placements": []object{{"source": "vault", "path": "secret/cf/router", "state": "current"}},
			"findings": []object{{"code": "expired", "severity": severity, "message": "it has ended", "steps": []object{{"run": []string{"cert-health", "x509", "renew", "secret/cf/router"}}}}}}}}
	}

	Describe("list", func() {
		BeforeEach(func() {
			login()
			h.answers["GET /v1/certificates"] = certificates("error")
		})

		It("asks for what the flags say, and shows a table without escape sequences of others", func() {
			o := in("list", "rou", "ter", "--within", "30d", "--source", "a", "--source", "b", "--ca", "false")
			Expect(h.asked).To(Equal([]string{"GET /v1/certificates?ca=false&limit=1000&q=rou+ter&source=a&source=b&within=30d"}))
			Expect(o.out).To(And(ContainSubstring("expired  "), ContainSubstring(`router\u001b[31m`), ContainSubstring("secret/cf/router"), ContainSubstring("abababababab\n"),
				ContainSubstring("1 certificate: 1 expired"), Not(ContainSubstring("\x1b"))))
		})

		It("exits with 1 if something is at or above --fail-on", func() {
			Expect(in("list").code).To(Equal(exitFindings))
			Expect(in("list", "--fail-on", "critical").code).To(Equal(exitOK))
			Expect(in("list", "--fail-on", "eror").err).To(ContainSubstring(`did you mean "error"?`))
			Expect(in("list", "--format", "jsn").err).To(ContainSubstring("--format must be one of table, json, csv"))
		})

		It("writes JSON, and the hub's own CSV", func() {
			var document struct{ Certificates []object }
			Expect(json.Unmarshal([]byte(in("list", "--format", "json").out), &document)).To(Succeed())
			Expect(document.Certificates).To(HaveLen(1))
			h.answers["GET /v1/certificates.csv"] = "id,name,severity\r\nab,\"a,b\x1b\",error\r\n"
			o := in("list", "--format", "csv")
			Expect(o.out).To(Equal("id,name,severity\nab,\"a,b\\u001b\",error\n"))
			Expect(o.code).To(Equal(exitFindings))
		})

		It("exits with 2 if the hub cannot be asked", func() {
			h.Close()
			o := in("list")
			Expect(o.code).To(Equal(exitFailed))
			Expect(o.err).To(And(ContainSubstring("does not answer"), Not(ContainSubstring("t0ken"))))
		})
	})

	It("show one certificate by its ID, the beginning of it or its name", func() {
		login()
		h.answers["GET /v1/certificates"] = certificates("warning")
		h.answers["GET /v1/certificates/"+bad] = certificates("warning")["certificates"].([]object)[0]
		for _, word := range []string{bad, "abab", "secret/cf/router"} {
			o := in("show", word)
			Expect(o.code).To(Equal(exitOK), o.err)
			Expect(o.out).To(And(ContainSubstring("router"), ContainSubstring("cert-health x509 renew secret/cf/router"), Not(ContainSubstring("\x1b"))))
		}
		two := certificates("warning")
		two["certificates"] = append(two["certificates"].([]object), object{"id": strings.Repeat("cd", 32), "name": "other", "severity": "ok"})
		h.answers["GET /v1/certificates"] = two
		Expect(in("show", "e").err).To(ContainSubstring(`2 certificates have "e": write the ID of one, such as abababababab`))
		h.answers["GET /v1/certificates"] = object{"certificates": []object{}}
		Expect(in("show", "e").err).To(ContainSubstring(`the hub knows no certificate with "e"`))
	})

	It("show one of which the store tells only the end", func() {
		login()
		h.answers["GET /v1/certificates/"+bad] = object{"id": bad, "name": "nats", "severity": "ok", "not_after": "2030-01-01T00:00:00Z"}
		Expect(in("show", bad).out).To(And(ContainSubstring("until 2030-01-01 00:00 UTC"), Not(ContainSubstring("0001"))))
	})

	It("acknowledge a certificate", func() {
		login()
		h.answers["GET /v1/certificates/"+bad] = object{"id": bad, "name": "router", "severity": "error"}
		h.answers["POST /v1/acknowledgements"] = object{"certificate": bad, "until": "2027-02-01T00:00:00Z"}
		h.answers["DELETE /v1/acknowledgements/"+bad] = object{}
		Expect(in("ack", bad).err).To(ContainSubstring("--until is missing"))
		Expect(in("ack", bad, "--until", "2027-01-31").err).To(ContainSubstring("--reason is missing"))
		o := in("ack", bad, "--until", "2027-01-31", "--reason", "off")
		Expect(o.code).To(Equal(exitOK), o.err)
		Expect(h.bodies[len(h.bodies)-1]).To(MatchJSON(`{"certificate":"` + bad + `","until":"2027-01-31","reason":"off"}`))
		Expect(in("ack", bad, "--remove").code).To(Equal(exitOK))
	})

	It("show how sources are, and let the hub collect", func() {
		login()
		source := object{"name": "vault", "type": "vault", "state": "failing", "error": "Vault does not answer", "items": 5, "last_attempt": "2026-01-01T00:00:00Z",
			"unseen": []object{{"path": "secret/x", "reason": "denied"}}, "unseen_total": 1}
		h.answers["GET /v1/sources"] = object{"sources": []object{source}}
		h.answers["POST /v1/sources/vault/refresh"], h.answers["POST /v1/refresh"] = object{}, object{}
		o := in("sources")
		Expect(o.code).To(Equal(exitFindings))
		Expect(o.out).To(And(ContainSubstring("failing"), ContainSubstring("Vault does not answer"), ContainSubstring("secret/x: denied")))
		Expect(in("refresh", "vault").code).To(Equal(exitOK))
		Expect(h.asked).To(ContainElement("POST /v1/sources/vault/refresh"))
		Expect(in("refresh", "nothing").err).To(ContainSubstring("the hub does not know this"))
		Expect(in("refresh", "--wait", "--timeout", "10ms").code).To(Equal(exitFailed))
	})

	It("show what needs attention first", func() {
		login()
		h.answers["GET /v1/summary"] = object{"total": 3, "counts": object{"expired": 1, "ok": 2}, "sources": object{"ok": 2}, "worst": certificates("critical")["certificates"],
			"problems": []object{{"severity": "warning", "message": "x:443 shows no certificate", "source": "hosts", "path": "x:443"}}}
		h.missing = object{"detail": "the API has no such path: /v1/fleet"}
		o := in("dashboard")
		Expect(o.code).To(Equal(exitFindings))
		Expect(o.out).To(And(HavePrefix("3 certificates: 1 expired, 2 ok\nsources: 2 ok\n"), ContainSubstring("it has ended"), ContainSubstring("x:443 shows no certificate"), Not(ContainSubstring("instances"))))

		h.answers["GET /v1/summary"] = object{"total": 2, "counts": object{"ok": 2}, "sources": object{"ok": 2}}
		h.answers["GET /v1/fleet"] = fleetOf("error")
		o = in("dashboard")
		Expect(o.code).To(Equal(exitFindings))
		Expect(o.out).To(And(ContainSubstring("instances: 102 instances (100 reporting, 1 silent, 1 missing)\n"), ContainSubstring("3 certificates expired on 41 of 100 diego-cells"),
			ContainSubstring("bosh -d cf deploy 'a file'"), ContainSubstring("No certificate of the sources needs attention.")))
	})

	It("take the hub and the token of a script from the environment", func() {
		h.answers["GET /v1/certificates"] = certificates("ok")
		plain := httptest.NewServer(h.Config.Handler) // the system does not know the CA of the other
		DeferCleanup(plain.Close)
		o := call(map[string]string{"CERT_HEALTH_HUB": plain.URL, "CERT_HEALTH_HUB_TOKEN": "s3cr3t-t0ken"}, "list")
		Expect(o.code).To(Equal(exitOK), o.err)
		ca := filepath.Join(GinkgoT().TempDir(), "ca.pem")
		Expect(os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Certificate().Raw}), 0o600)).To(Succeed())
		script := map[string]string{"CERT_HEALTH_HUB": h.URL, "CERT_HEALTH_HUB_TOKEN": "s3cr3t-t0ken"}
		Expect(call(script, "list").err).To(ContainSubstring("a script sets CERT_HEALTH_HUB_CA_CERT=FILE"))
		script["CERT_HEALTH_HUB_CA_CERT"] = ca
		o = call(script, "list")
		Expect(o.code).To(Equal(exitOK), o.err)
	})

	It("send the token of the environment to the hub of the environment only", func() {
		login()
		h.answers["GET /v1/certificates"] = certificates("ok")
		env := map[string]string{"HOME": home, "CERT_HEALTH_HUB": "https://other.example", "CERT_HEALTH_HUB_TOKEN": "f0reign"}
		Expect(call(env, "list", "--target", "prod").code).To(Equal(exitOK))
		delete(env, "CERT_HEALTH_HUB")
		Expect(call(env, "list", "--target", "prod").code).To(Equal(exitFailed), "without a hub, it is for the chosen one")
	})
})
