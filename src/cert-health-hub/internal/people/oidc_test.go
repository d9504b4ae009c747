package people_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/oauth2-proxy/mockoidc"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/people"
	"cert-health/internal/secret"
)

// options are those of a hub with an OpenID provider.
func options(issuer, client, password string) people.Options {
	return people.Options{SessionTime: time.Hour, OIDC: people.OIDC{Issuer: issuer, ClientID: client, ClientSecret: secret.New(password),
		Roles: people.GroupRoles{Operator: []string{"cert-health.admin"}, Viewer: []string{"cert-health.read"}}}}
}

// visit goes to the provider and returns where it sends the browser back to.
func (b *browser) visit(next string) string {
	GinkgoHelper()
	start := b.get("/oidc/start?next=" + url.QueryEscape(next))
	Expect(start.StatusCode).To(Equal(http.StatusSeeOther), start.body)
	back := b.get(start.Header.Get("Location"))
	Expect(back.StatusCode).To(Equal(http.StatusFound), back.body)
	return back.Header.Get("Location")
}

var _ = Describe("a login at an OpenID provider", func() {
	var h *hub
	var b *browser
	var mock *mockoidc.MockOIDC
	BeforeEach(func() {
		var err error
		mock, err = mockoidc.Run()
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(mock.Shutdown)
		h = newHub(options(mock.Issuer(), mock.ClientID, mock.ClientSecret))
		b = h.browser()
	})
	enters := func(name string, groups ...string) {
		mock.QueueUser(&mockoidc.MockUser{Subject: "0815", PreferredUsername: name, Groups: groups})
	}

	It("leads to the page that the person wanted to see, with the role of the group", func() {
		for group, role := range map[string]string{"cert-health.admin": "operator", "cert-health.read": "viewer"} {
			b := h.browser()
			enters("jane", "staff", group)
			Expect(b.get("/login?next=/page").body).To(And(ContainSubstring(`href="/oidc/start?next=%2Fpage"`), Not(ContainSubstring("password"))))
			back := b.get(b.visit("/page?a=b&c=d"))
			Expect(back.Header.Get("Location")).To(Equal("/page?a=b&c=d"))
			Expect(b.get("/page").body).To(Equal("you are jane " + role))
		}
		Expect(h.events()[0]).To(Equal("jane logs in at the identity provider, from 127.0.0.1"))
	})

	It("uses PKCE, and asks for no more than the provider offers", func() {
		query, err := url.Parse(b.get("/oidc/start").Header.Get("Location"))
		Expect(err).NotTo(HaveOccurred())
		Expect(query.Query().Get("code_challenge_method")).To(Equal("S256"))
		Expect(query.Query().Get("scope")).To(Equal("openid profile email groups"))
		Expect(query.Query().Get("redirect_uri")).To(Equal(h.server.URL + "/oidc/callback"))
		Expect(query.Query().Get("nonce")).NotTo(BeEmpty())
	})

	It("lets no one in without a role, and says so", func() {
		enters("jane", "staff")
		answer := b.get(b.visit("/"))
		Expect(answer.StatusCode).To(Equal(http.StatusForbidden))
		Expect(answer.body).To(ContainSubstring("none of your groups may use the hub"))
		Expect(b.get("/page").StatusCode).To(Equal(http.StatusSeeOther))
	})

	It("lets no one in with the name of a user of the hub", func() {
		enters("ann", "cert-health.admin")
		answer := b.get(b.visit("/"))
		Expect(answer.StatusCode).To(Equal(http.StatusForbidden))
		Expect(answer.body).To(ContainSubstring("a user of its own with your name"))
	})

	It("shows an inert name", func() {
		enters("<b>\u202ejane\n", "cert-health.read")
		b.get(b.visit("/"))
		Expect(b.get("/page").body).To(Equal("you are <b>jane viewer"))
	})

	It("is good once, and only in the browser that began it", func() {
		enters("jane", "cert-health.read")
		back := b.visit("/")
		Expect(h.browser().get(back).StatusCode).To(Equal(http.StatusUnauthorized), "another browser")
		other := h.browser()
		other.get("/oidc/start")
		Expect(other.get(back).StatusCode).To(Equal(http.StatusUnauthorized), "a browser at another login")
		Expect(b.get(back).StatusCode).To(Equal(http.StatusSeeOther))
		Expect(b.get(back).StatusCode).To(Equal(http.StatusUnauthorized), "again")
	})

	It("refuses the code of another login: its verifier and its nonce are not those of the browser", func() {
		enters("eve", "cert-health.admin")
		stolen, err := url.Parse(h.browser().visit("/"))
		Expect(err).NotTo(HaveOccurred())
		own, err := url.Parse(b.visit("/"))
		Expect(err).NotTo(HaveOccurred())
		mixed := own.Query()
		mixed.Set("code", stolen.Query().Get("code"))
		Expect(b.get("/oidc/callback?" + mixed.Encode()).StatusCode).To(Equal(http.StatusBadGateway))
		Expect(b.get("/page").StatusCode).To(Equal(http.StatusSeeOther))
	})

	It("tells that the provider refuses", func() {
		start, err := url.Parse(b.get("/oidc/start").Header.Get("Location"))
		Expect(err).NotTo(HaveOccurred())
		answer := b.get("/oidc/callback?error=access_denied&error_description=<script>&state=" + start.Query().Get("state"))
		Expect(answer.StatusCode).To(Equal(http.StatusForbidden))
		Expect(answer.body).To(And(ContainSubstring("The identity provider refused the login"), Not(ContainSubstring("script"))))
	})

	It("ends when the provider is no longer configured", func() {
		enters("jane", "cert-health.read")
		b.get(b.visit("/"))
		without, err := people.New(people.Config{Options: people.Default(), Store: h.db, Sessions: h.db.Sessions(h.now), Log: h.Log, Now: h.now, ExternalURL: h.ExternalURL})
		Expect(err).NotTo(HaveOccurred())
		h.Service = without
		h.server.Config.Handler = h.handler()
		Expect(b.get("/page").StatusCode).To(Equal(http.StatusSeeOther))
	})

	It("tells that the provider is down, and works when it is back", func() {
		address := mock.Addr()
		Expect(mock.Shutdown()).To(Succeed())
		answer := b.get("/oidc/start")
		Expect(answer.StatusCode).To(Equal(http.StatusBadGateway))
		Expect(answer.body).To(ContainSubstring("The identity provider does not answer as one"))
		Expect(strings.Contains(answer.body, address)).To(BeFalse())
	})

	It("writes no code, token or client secret into the log", func() {
		enters("jane", "cert-health.read")
		back, err := url.Parse(b.visit("/"))
		Expect(err).NotTo(HaveOccurred())
		mock.ClientSecret = "changed"
		Expect(b.get(back.String()).StatusCode).To(Equal(http.StatusBadGateway))
		Expect(h.log.String()).NotTo(Or(ContainSubstring(back.Query().Get("code")), ContainSubstring(h.options.OIDC.ClientSecret.Reveal())))
	})
})

var _ = Describe("a login at a UAA", func() {
	It("takes the groups from the access token", func() {
		u := newUAA("cert-health.read", "cloud_controller.read")
		h := newHub(options(u.issuer(), "hub", "hubsecret"))
		b := h.browser()
		start, err := url.Parse(b.get("/oidc/start").Header.Get("Location"))
		Expect(err).NotTo(HaveOccurred())
		Expect(start.Query().Get("scope")).To(Equal("openid cert-health.admin cert-health.read"))
		Expect(b.get(b.visit("/page")).Header.Get("Location")).To(Equal("/page"))
		Expect(b.get("/page").body).To(Equal("you are marissa viewer"))
	})

	It("does not take groups from an access token of another person", func() {
		u := newUAA("cert-health.admin")
		u.otherSubject = true
		b := newHub(options(u.issuer(), "hub", "hubsecret")).browser()
		Expect(b.get(b.visit("/")).StatusCode).To(Equal(http.StatusForbidden))
	})

	It("lets everybody in who may log in there, if the hub is told so", func() {
		o := options(newUAA("x").issuer(), "hub", "hubsecret")
		o.OIDC.Roles = people.GroupRoles{Viewer: []string{"*"}}
		b := newHub(o).browser()
		b.get(b.visit("/"))
		Expect(b.get("/page").body).To(Equal("you are marissa viewer"))
	})
})

var _ = Describe("a hub without a login", func() {
	It("serves this machine, by its own names only", func() {
		h := newHub(people.Options{None: true, SessionTime: time.Hour})
		b := h.browser()
		Expect(b.get("/change").body).To(Equal("you are  operator"))
		Expect(b.get("/login?next=/page").Header.Get("Location")).To(Equal("/page"))
		r, err := http.NewRequest(http.MethodGet, h.server.URL+"/page", nil)
		Expect(err).NotTo(HaveOccurred())
		r.Host = "rebound.example.com"
		Expect(b.do(r).StatusCode).To(Equal(http.StatusForbidden))
		r, _ = http.NewRequest(http.MethodGet, "/page", nil)
		r.RemoteAddr, r.Host = "10.0.0.1:1", "127.0.0.1"
		_, err = h.Identify(r)
		Expect(err).To(MatchError(people.ErrNotLoggedIn))
		_, _, err = h.NewToken(context.Background(), people.Person{Role: people.Operator}, "ci", people.Viewer, h.now())
		Expect(err).To(MatchError(ContainSubstring("configure a login")))
		Expect(h.Methods().None()).To(BeTrue())
	})

	It("serves others if it is told twice", func() {
		h := newHub(people.Options{None: true, InsecurePublicNone: true, SessionTime: time.Hour})
		r, _ := http.NewRequest(http.MethodGet, "/page", nil)
		r.RemoteAddr, r.Host = "10.0.0.1:1", "hub.example.com"
		Expect(h.Identify(r)).To(Equal(people.Person{Role: people.Operator}))
	})
})

var _ = Describe("a route", func() {
	It("is named with its role", func() {
		h := newHub(people.Default())
		roles := map[string]people.Role{}
		for _, route := range h.Routes() {
			roles[route.Method+" "+route.Path] = route.Role
		}
		Expect(roles).To(Equal(map[string]people.Role{"GET /login": "", "POST /login": "", "POST /logout": "", "GET /device": "viewer", "POST /device": "viewer"}))
		b := h.browser()
		Expect(b.get("/device").StatusCode).To(Equal(http.StatusSeeOther))
		Expect(b.post("/device", nil).StatusCode).To(Equal(http.StatusUnauthorized))
		Expect(h.db.AddEvent(context.Background(), db.Event{})).To(Succeed())
	})
})
