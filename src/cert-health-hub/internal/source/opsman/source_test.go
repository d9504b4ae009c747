package opsman_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/opsman"
	"cert-health/hub/internal/source/sourcetest"
	store "cert-health/hub/internal/standin/opsman"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/strict"
)

var _ = Describe("a collection", func() {
	It("finds what is deployed, with its procedure, and the certificate authorities", func(ctx context.Context) {
		r := start(store.Options{})
		next := scenario.Issue(scenario.Spec{CommonName: "next", CA: true})
		r.store.AddAuthority(next)
		c := r.collected(ctx)
		Expect(c.Unseen).To(BeEmpty())
		Expect(c.Requests).To(Equal(4), "a token, v1, v0 and the certificate authorities")
		Expect(r.memory.Items).To(HaveLen(5))
		item := r.memory.Items["cf-guid/.properties.router_ssl"]
		Expect(item.Details).To(ContainElements(
			inventory.Detail{Name: "rotation procedure", Value: "Rotate CAs"}, inventory.Detail{Name: "rotation procedure URL", Value: "https://docs.example.com/rotate"}))
		described := r.memory.Certificates[item.Sightings[0].Certificate]
		Expect(described.ID.Described()).To(BeTrue())
		Expect(described.NotBefore).To(BeTemporally("==", day("2026-01-01")))
		Expect(described.NotAfter).To(BeTemporally("==", day("2028-01-01")))
		Expect(described.Name()).To(Equal(".properties.router_ssl"))
		Expect(r.memory.Certificates[r.memory.Items["p-bosh-guid/opsmgr/bosh_dns/tls_ca"].Sightings[0].Certificate].CA).To(BeTrue())

		authority := r.memory.Items["certificate_authorities/ca-"+next.Noun().Serial]
		Expect(authority.Sightings).To(HaveExactElements(
			And(HaveField("Certificate", inventory.IDOf(next.Fingerprint())), HaveField("Place", "cert_pem"), HaveField("State", inventory.Transitional)),
			HaveField("Place", "nats_cert_pem")))
	})

	It("says which deployments are outdated, if v1 of the API tells", func(ctx context.Context) {
		r := start(store.Options{V1: true})
		renewed := deployed("cf-guid", ".a")
		renewed.Outdated, renewed.Deployments, renewed.RotationStatus = []string{"mysql"}, []string{"cf", "mysql"}, "regenerated"
		r.store.SetCertificates(renewed, deployed("cf-guid", ".b"))
		r.collected(ctx)
		item := r.memory.Items["cf-guid/.a"]
		Expect(item.Findings).To(HaveExactElements(And(HaveField("Code", inventory.Code("stale")), HaveField("Message", "deployments use an older version: mysql"), HaveField("Steps", HaveLen(2)))))
		Expect(item.Details).To(ContainElements(inventory.Detail{Name: "outdated deployments", Value: "mysql"}, inventory.Detail{Name: "deployments", Value: "cf, mysql"},
			inventory.Detail{Name: "rotation status", Value: "regenerated"}))
		Expect(r.memory.Items["cf-guid/.b"].Findings).To(BeEmpty())
	})

	It("tells a renewed certificate from the old one, and several at one place apart", func(ctx context.Context) {
		r := start(store.Options{})
		r.store.SetCertificates(deployed("cf", ".certs"), deployed("cf", ".certs"))
		r.collected(ctx)
		first, second := r.memory.Items["cf/.certs"].Sightings[0].Certificate, r.memory.Items["cf/.certs (2)"].Sightings[0].Certificate
		Expect(first).NotTo(Equal(second))
		renewed := deployed("cf", ".certs")
		renewed.ValidUntil = "2029-01-01T00:00:00Z"
		r.store.SetCertificates(renewed)
		r.collected(ctx)
		Expect(r.memory.Items["cf/.certs"].Sightings[0].Certificate).NotTo(Equal(first))
		Expect(r.memory.Items).NotTo(HaveKey("cf/.certs (2)"))
	})

	It("logs in as a client, too, and gets a new token when the old one ends in the middle", func(ctx context.Context) {
		r := start(store.Options{})
		r.options.User, r.options.Password = "", secret.Value{}
		r.options.ClientID, r.options.ClientSecret = "hub", secret.New(password)
		var once atomic.Bool
		r.on("/api/v0/deployed", func(http.ResponseWriter, *http.Request) {
			if !once.Swap(true) {
				r.uaa.EndTokens()
			}
		})
		Expect(r.collected(ctx).Unseen).To(BeEmpty())
		Expect(r.uaa.Issued()).To(Equal(2))
	})

	It("names what to correct when the log-in fails", func(ctx context.Context) {
		r := start(store.Options{})
		r.options.Password = secret.New("another-s3cr3t")
		_, err := r.collect(ctx)
		Expect(err).To(MatchError("UAA refuses the log-in (401): correct user and password of this source"))
		r.options.User, r.options.ClientID, r.options.ClientSecret = "", "nothing", secret.New(password)
		_, err = r.collect(ctx)
		Expect(err).To(MatchError("Ops Manager does not permit this (403): give the client of this source the scope opsman.full_view"))
		r.on("/api/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
		_, err = r.collect(ctx)
		Expect(err).To(MatchError(HavePrefix("Ops Manager refuses the token that its UAA has just issued (401)")))
		_, err = start(store.Options{Incomplete: true}).collect(ctx)
		Expect(err).To(MatchError("Ops Manager cannot answer before its setup is complete (400): log in there and complete it"))
	})
})

var _ = Describe("an Ops Manager that fails", func() {
	for _, failure := range sourcetest.Failures("Ops Manager") {
		It(failure.Name+" at once: nothing is known", func(ctx context.Context) {
			r := start(store.Options{})
			r.on("/api/", failure.Answer)
			_, err := r.collect(ctx)
			Expect(err).To(MatchError(ContainSubstring(failure.Says)))
		})

		It(failure.Name+" in the middle: what was not seen stays", func(ctx context.Context) {
			r := start(store.Options{})
			r.collected(ctx)
			r.on("/certificate_authorities", failure.Answer)
			c := r.collected(ctx)
			Expect(c.Unseen).To(HaveExactElements(And(HaveField("Path", "certificate_authorities/"), HaveField("Reason", ContainSubstring(failure.Says)))))
			Expect(r.memory.Items).To(HaveLen(4), "nothing vanishes")
		})
	}

	It("fails silently because someone else calls it: an empty answer is not an empty Ops Manager", func(ctx context.Context) {
		r := start(store.Options{})
		r.collected(ctx)
		r.on("/certificate_authorities", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") })
		Expect(r.collected(ctx).Unseen).To(HaveExactElements(HaveField("Reason", ContainSubstring("at the same time"))))
		r.on("/api/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") })
		_, err := r.collect(ctx)
		Expect(err).To(MatchError(ContainSubstring("another program may have called it at the same time")))
	})

	It("is slow: the collection ends with its context", func(ctx context.Context) {
		r := start(store.Options{})
		ctx, cancel := context.WithCancel(ctx)
		r.on("/api/", func(_ http.ResponseWriter, request *http.Request) { cancel(); <-request.Context().Done() })
		_, err := r.collect(ctx)
		Expect(err).To(MatchError("the collection was interrupted"))
	})

	It("has names, dates, links and lists of every kind", func(ctx context.Context) {
		r := start(store.Options{V1: true})
		odd := deployed("\x1b[31m<script>", "/\u202e\x00")
		odd.ProcedureURL, odd.Outdated = "javascript:alert(1)", []string{"\x1b]0;x\a"}
		late := deployed("cf", ".late")
		late.ValidUntil = "tomorrow"
		r.store.SetCertificates(odd, late, deployed("cf", ".good"))
		c := r.collected(ctx)
		Expect(c.Unseen).To(HaveExactElements(HaveField("Path", "cf/.late")))
		Expect(r.memory.Items).To(HaveKey("cf/.good"))
		for path, item := range r.memory.Items {
			Expect(fmt.Sprint(path, item)).NotTo(MatchRegexp("[\x00-\x1f\u202e]|javascript"))
		}
		r.on("/api/v1/", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"certificates":[{"valid_until":"2028-01-01T00:00:00Z","product_guid":"p","property_reference":".x","outdated_deployments":[{"name":"one"},7,null],"rotation_status":null,"signs":{"variable_path":"/y"}}]}`)
		})
		r.collected(ctx)
		Expect(r.memory.Items["p/.x"].Details).To(ContainElements(inventory.Detail{Name: "outdated deployments", Value: "one"}, inventory.Detail{Name: "signs", Value: "/y"}))
	})

	It("shows a CA that cannot be read", func(ctx context.Context) {
		r := start(store.Options{})
		r.on("/certificate_authorities", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"certificate_authorities":[{"guid":"g","active":true,"cert_pem":"nothing"}]}`)
		})
		r.collected(ctx)
		Expect(r.memory.Items["certificate_authorities/g"].Findings).To(HaveExactElements(HaveField("Message", "cert_pem: the certificate cannot be read")))
	})
})

var _ = DescribeTable("the options", func(text string, problems ...string) {
	options := opsman.Defaults()
	Expect(strict.YAML([]byte(text), "", &options)).To(HaveExactElements(problems))
},
	Entry("a user", "{address: 'https://o', user: u, password: p}"),
	Entry("a client", "{address: 'https://o', client_id: u, client_secret: p}"),
	Entry("nothing", "{}", "address is missing: add it, as in https://opsman.example.com",
		"client_id is missing: add a client of the UAA of Ops Manager with the scope opsman.full_view, or set user and password"),
	Entry("both", "{address: 'https://o', client_id: hub, user: u}", "client_id and user cannot be set together: choose one way to log in"),
	Entry("half", "{address: 'https://o', password: u}", "user and password must be set together"),
	Entry("no secret", "{address: 'https://o', client_id: u}", "client_secret is missing"),
)
