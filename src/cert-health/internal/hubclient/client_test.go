package hubclient_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/hubclient"
	"cert-health/internal/secret"
	"cert-health/internal/verdict"
)

type object = map[string]any

var _ = Describe("a client of a hub", func() {
	It("lists all pages of a query, and sends the token", func(ctx SpecContext) {
		var tokens, queries []string
		_, client := hub(routes{"GET /v1/certificates": func(w http.ResponseWriter, r *http.Request) {
			tokens, queries = append(tokens, r.Header.Get("Authorization")), append(queries, r.URL.RawQuery)
			page := object{"certificates": []object{{"id": fmt.Sprint(len(queries)), "severity": "warning"}}, "total": 3, "counts": object{"ok": 3}}
			if len(queries) < 3 {
				page["next"] = fmt.Sprint("p", len(queries))
			}
			answers(200, page)(w, r)
		}})
		var progress []int
		all := must(client.List(ctx, url.Values{"within": {"30d"}}, func(have, _ int) { progress = append(progress, have) }))
		Expect(all.Certificates).To(HaveLen(3))
		Expect(all.Worst()).To(Equal(verdict.Warning))
		Expect(progress).To(Equal([]int{1, 2}))
		Expect(queries).To(Equal([]string{"limit=1000&within=30d", "after=p1&limit=1000&within=30d", "after=p2&limit=1000&within=30d"}))
		Expect(tokens).To(HaveEach("Bearer s3cr3t-t0ken"))
	})

	It("names what it asks for as it is written, in the path of a request", func(ctx SpecContext) {
		var asked []string
		_, client := hub(routes{"POST /v1/sources/{name}/refresh": func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.PathValue("name"))
			answers(202, object{})(w, r)
		}})
		for _, name := range []string{"vault", "the vault", "50%", "a?b#c"} {
			Expect(client.Refresh(ctx, name)).To(Succeed())
		}
		Expect(asked).To(Equal([]string{"vault", "the vault", "50%", "a?b#c"}))
	})

	It("waits for the person at the browser", func(ctx SpecContext) {
		polls := 0
		_, client := hub(routes{
			"POST /v1/device": answers(200, object{"device_code": "c0de", "user_code": "ABCD", "verification_url": "https://x/device", "interval": 0}),
			"POST /v1/device/token": func(w http.ResponseWriter, r *http.Request) {
				if polls++; polls == 1 {
					answers(202, object{"pending": true})(w, r)
					return
				}
				answers(200, object{"token": "t0ken", "name": "ann", "role": "viewer"})(w, r)
			}})
		device := must(client.StartDevice(ctx))
		login := must(client.WaitDevice(ctx, device))
		Expect(login.Token.Reveal()).To(Equal("t0ken"))
		Expect(fmt.Sprintf("%+v %#v %v", device, login, login)).NotTo(Or(ContainSubstring("c0de"), ContainSubstring("t0ken")))
	})

	DescribeTable("says what a hub refuses", func(ctx SpecContext, status int, document any, expected string) {
		_, client := hub(routes{"/": answers(status, document)})
		_, err := client.Summary(ctx)
		Expect(err).To(MatchError(ContainSubstring(expected)))
		Expect(err.Error()).NotTo(ContainSubstring("s3cr3t"))
	},
		Entry("a problem", 400, object{"detail": "within: it is not a time", "errors": []object{{"location": "query.within", "message": "it is not a time"}}}, "within: it is not a time"),
		Entry("a problem with places", 422, object{"detail": "validation failed", "errors": []object{{"location": "body.until", "message": "too long"}}}, "validation failed; body.until: too long"),
		Entry("no login", 401, object{"detail": "you are not logged in"}, "does not know the login, or it has ended: run cert-health login http://127.0.0.1:"),
		Entry("a server before the hub", 401, "nothing", "answers with status 401, and not as a hub: check the URL"),
		Entry("another server", 404, "nothing", "answers with status 404, and not as a hub: check the URL"),
		Entry("a redirect", 302, nil, "answers with a redirect"),
		Entry("something else", 200, []int{1}, "is not that of a hub: check the URL"),
	)

	It("ends with its deadline", func(ctx SpecContext) {
		gate := make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-gate:
			case <-r.Context().Done():
			}
		}))
		DeferCleanup(server.Close)
		DeferCleanup(func() { close(gate) })
		client := must(hubclient.New(hubclient.Options{URL: server.URL, Timeout: 50 * time.Millisecond}))
		_, err := client.Sources(ctx)
		Expect(err).To(MatchError(ContainSubstring("does not answer: it took too long; check the URL and the network")))
	})

	It("reads no more than an answer may have", func(ctx SpecContext) {
		_, client := hub(routes{"/": func(w http.ResponseWriter, _ *http.Request) {
			block := bytes.Repeat([]byte(" "), 1<<20)
			for range 65 {
				_, _ = w.Write(block)
			}
		}})
		_, err := client.Sources(ctx)
		Expect(err).To(MatchError(ContainSubstring("more than 64 MB")))
	})

	It("trusts only the CA that it is given", func(ctx SpecContext) {
		server := httptest.NewTLSServer(answers(200, object{"sources": []object{}}))
		DeferCleanup(server.Close)
		_, err := must(hubclient.New(hubclient.Options{URL: server.URL})).Sources(ctx)
		Expect(err).To(MatchError(ContainSubstring("its certificate is not of a known CA (give the CA with cert-health login URL --ca-cert FILE; a script sets CERT_HEALTH_HUB_CA_CERT=FILE)")))
		_, err = hubclient.New(hubclient.Options{URL: server.URL, CACert: "x"})
		Expect(err).To(MatchError(ContainSubstring("contains no certificate")))
	})

	DescribeTable("refuses URLs", func(address string, ok bool) {
		_, err := hubclient.CheckURL(address)
		if ok {
			Expect(err).NotTo(HaveOccurred())
		} else {
			Expect(err).To(MatchError(HavePrefix("the URL of a hub")))
		}
	},
		Entry(nil, "https://hub.example", true), Entry(nil, "https://hub.example:8443/", true), Entry(nil, "http://127.0.0.1:1", true), Entry(nil, "http://localhost:1", true),
		Entry("in the clear", "http://hub.example", false), Entry("with a path", "https://hub.example/x", false), Entry("with a password", "https://u:p@hub.example", false), Entry(nil, "hub", false),
	)

	It("asks for the name and the password as the API has them", func(ctx SpecContext) {
		var body string
		_, client := hub(routes{"POST /v1/login": func(w http.ResponseWriter, r *http.Request) {
			b := make([]byte, 200)
			n, _ := r.Body.Read(b)
			body = string(b[:n])
			answers(401, object{"detail": "the name or the password is wrong"})(w, r)
		}})
		_, err := client.Login(ctx, "ann", secret.New("pa55"))
		Expect(err).To(MatchError("the name or the password is wrong"))
		Expect(strings.TrimSpace(body)).To(MatchJSON(`{"username":"ann","password":"pa55"}`))
	})

	It("gives up waiting when its context ends", func(ctx SpecContext) {
		_, client := hub(routes{"POST /v1/device/token": answers(202, object{"pending": true})})
		short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		_, err := client.WaitDevice(short, hubclient.Device{Code: secret.New("x")})
		Expect(err).To(HaveOccurred())
	})
})
