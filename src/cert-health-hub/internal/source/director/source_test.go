package director_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/director"
	"cert-health/hub/internal/source/sourcetest"
	store "cert-health/hub/internal/standin/director"
	"cert-health/internal/secret"
	"cert-health/internal/strict"
)

var _ = Describe("a collection", func() {
	It("finds the Director's own certificates, those of deployments, and the instances", func(ctx context.Context) {
		r := start(store.Options{})
		c := r.collected(ctx)
		Expect(c.Unseen).To(BeEmpty())
		Expect(r.memory.Items).To(HaveLen(9), "two deployments, two instances, two variables, one of its own, two endpoints")
		tls := r.memory.Items["deployment/cf/bosh/cf/tls"]
		Expect(tls).To(And(HaveField("Kind", "variable"), HaveField("Sightings", HaveExactElements(And(HaveField("Version", "7"), HaveField("State", inventory.Current))))))
		described := r.memory.Certificates[tls.Sightings[0].Certificate]
		Expect(described.ID.Described()).To(BeTrue())
		Expect(described.NotAfter).To(BeTemporally("==", time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)))
		Expect(described.Name()).To(Equal("/bosh/cf/tls"))
		Expect(r.memory.Items["director/nats.tls.ca"].Sightings).To(HaveLen(1))
		Expect(r.memory.Items["deployment/cf"].Kind).To(Equal("deployment"))
		Expect(r.memory.Items["instance/cf/router/id"]).To(Equal(inventory.Item{Path: "instance/cf/router/id", Kind: "instance", Instance: &inventory.Listed{
			Deployment: "cf", Group: "router", ID: "id", Index: 3, AZ: "z1", AgentID: "agent-cf", Addresses: []string{"10.0.0.1", "10.0.0.2"},
			VM: true, Expected: true, State: "started"}}))
	})

	It("knows a renewed certificate by its end", func(ctx context.Context) {
		r := start(store.Options{})
		r.collected(ctx)
		before := r.memory.Items["director/nats.tls.ca"].Sightings[0].Certificate
		r.collected(ctx)
		Expect(r.memory.Items["director/nats.tls.ca"].Sightings[0].Certificate).To(Equal(before))
		r.store.SetCertificates(store.Expiry{Path: "nats.tls.ca", Expiry: "2028-03-01T00:00:00Z"})
		r.collected(ctx)
		Expect(r.memory.Items["director/nats.tls.ca"].Sightings[0].Certificate).NotTo(Equal(before))
	})

	It("lists the versions of variables for an administrator, and asks once for anyone else", func(ctx context.Context) {
		r := start(store.Options{})
		r.options.ClientID = "admin"
		r.collected(ctx)
		Expect(r.memory.Items["deployment/cf"].Details).To(HaveLen(2))
		Expect(r.memory.Items["deployment/cf"].Details).To(ContainElement(inventory.Detail{Name: "variable /bosh/cf/password", Value: "8"}))
		r.options.ClientID = "hub"
		Expect(r.collected(ctx).Unseen).To(BeEmpty())
		Expect(r.memory.Items["deployment/cf"].Details).To(BeEmpty())
	})

	It("looks at some deployments only, and logs in as a user, with and without UAA", func(ctx context.Context) {
		r := start(store.Options{})
		r.options.Deployments = []string{"my*"}
		r.options.ClientID, r.options.ClientSecret = "", secret.Value{}
		r.options.User, r.options.Password = "person", secret.New(clientSecret)
		r.collected(ctx)
		Expect(r.memory.Items).To(And(HaveKey("deployment/mysql"), Not(HaveKey("deployment/cf"))))
		r2 := start(store.Options{Users: map[string]string{"person": clientSecret}})
		r.options.Address, r.options.CACert, r.memory = r2.options.Address, r2.options.CACert, sourcetest.NewMemory()
		r.collected(ctx)
		Expect(r.memory.Items).To(HaveKey("deployment/mysql"))
		r.options.Password = secret.New("another-s3cr3t")
		_, err := r.collect(ctx)
		Expect(err).To(MatchError("the Director refuses user and password, or does not permit this to the user (401): correct them"))
	})

	It("names what to correct when the log-in fails", func(ctx context.Context) {
		r := start(store.Options{})
		r.options.ClientSecret = secret.New("another-s3cr3t")
		_, err := r.collect(ctx)
		Expect(err).To(MatchError("UAA refuses the log-in (401): correct client_id and client_secret of this source"))
		r.options.ClientID, r.options.ClientSecret = "nothing", secret.New(clientSecret)
		_, err = r.collect(ctx)
		Expect(err).To(MatchError(HavePrefix("the Director does not permit this to a token that UAA has just issued (401): the client needs the scope bosh.read")))
		r.on("/info", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") })
		_, err = r.collect(ctx)
		Expect(err).To(MatchError(ContainSubstring("does not say how to log in")))
	})

	It("gets a new token when the old one ends in the middle", func(ctx context.Context) {
		r := start(store.Options{})
		var once atomic.Bool
		r.on("/director/certificate_expiry", func(http.ResponseWriter, *http.Request) {
			if !once.Swap(true) {
				r.uaa.EndTokens()
			}
		})
		Expect(r.collected(ctx).Unseen).To(BeEmpty())
		Expect(r.memory.Items).To(HaveLen(9))
	})
})

var _ = Describe("a Director that fails", func() {
	for _, failure := range sourcetest.Failures("the Director") {
		It(failure.Name+" at once: nothing is known", func(ctx context.Context) {
			r := start(store.Options{})
			for _, part := range []string{"/info", "/deployments"} {
				r.on(part, failure.Answer)
				_, err := r.collect(ctx)
				Expect(err).To(MatchError(ContainSubstring(failure.Says)))
			}
		})

		It(failure.Name+" in the middle: what was not seen stays", func(ctx context.Context) {
			r := start(store.Options{})
			var list []store.Deployment
			for i := range 20 {
				list = append(list, deployment(fmt.Sprintf("d%02d", i)))
			}
			r.store.SetDeployments(list...)
			r.collected(ctx)
			before := r.server.Requests()
			r.on("/deployments/d", failure.Answer)
			c := r.collected(ctx)
			Expect(c.Unseen).To(HaveLen(60))
			Expect(c.Unseen[0].Reason).To(ContainSubstring(failure.Says))
			Expect(r.memory.Items).To(HaveLen(63), "nothing vanishes")
			Expect(r.server.Requests() - before).To(BeNumerically("<=", 43))
		})
	}

	It("tells nothing of itself, or forbids a deployment", func(ctx context.Context) {
		r := start(store.Options{})
		r.store.SetCertificates()
		Expect(r.collected(ctx).Unseen).To(ConsistOf(HaveField("Path", "director/")))
		r.on("/deployments/cf/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
		c := r.collected(ctx)
		Expect(c.Unseen).To(ContainElements(HaveField("Path", "deployment/cf"), HaveField("Path", "deployment/cf/")))
		Expect(r.memory.Items).To(HaveKey("deployment/mysql/bosh/mysql/tls"))
		r.on("/deployments/cf/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
		r.collected(ctx)
		Expect(r.memory.Items).NotTo(HaveKey("deployment/cf"), "it was deleted in this moment")
	})

	It("is slow: the collection ends with its context", func(ctx context.Context) {
		r := start(store.Options{})
		ctx, cancel := context.WithCancel(ctx)
		r.on("/deployments", func(_ http.ResponseWriter, request *http.Request) { cancel(); <-request.Context().Done() })
		_, err := r.collect(ctx)
		Expect(err).To(MatchError("the collection was interrupted"))
	})

	It("has names and dates of every kind", func(ctx context.Context) {
		r := start(store.Options{})
		odd := deployment("\x1b[31m<script>\u202e/../x")
		odd.Variables = append(odd.Variables, store.Variable{ID: "\x00", Name: "no date", Expiry: "tomorrow"})
		r.store.SetDeployments(odd, deployment("cf"))
		c := r.collected(ctx)
		Expect(c.Unseen).To(ConsistOf(HaveField("Reason", ContainSubstring("a date that cannot be understood"))))
		Expect(r.memory.Items).To(HaveLen(9))
		for path, item := range r.memory.Items {
			Expect(fmt.Sprint(path, item)).NotTo(MatchRegexp("[\x00-\x1f\u202e]"))
		}
	})
})

var _ = DescribeTable("the options", func(text string, problems ...string) {
	options := director.Defaults()
	Expect(strict.YAML([]byte(text), "", &options)).To(HaveExactElements(problems))
},
	Entry("a client", "{address: 'https://10.0.0.6:25555', client_id: hub, client_secret: s, deployments: ['cf*']}"),
	Entry("a user", "{address: 'https://10.0.0.6:25555', user: u, password: p}"),
	Entry("nothing", "{}", "address is missing: add it, as in https://10.0.0.6:25555",
		"client_id is missing: add a client of UAA with the scope bosh.read, or set user and password"),
	Entry("both", "{address: 'https://d', client_id: hub, user: u}", "client_id and user cannot be set together: choose one way to log in"),
	Entry("half", "{address: 'https://d', user: u}", "user and password must be set together"),
	Entry("no secret", "{address: 'https://d', client_id: u, deployments: ['[']}", "client_secret is missing",
		`deployments[0]: "[" is not a valid glob: a bracket, a brace or a backslash is not closed`),
)
