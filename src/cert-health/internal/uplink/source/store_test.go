package source_test

import (
	"context"
	"errors"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/uplink"
	"cert-health/internal/uplink/source"
	"cert-health/internal/verdict"
)

var _ = Describe("a VM that compares with the hub", func() {
	var (
		ctx     = context.Background()
		vm      = report.Instance{Deployment: "cf", Group: "cell", ID: "3f2a"}
		asked   []uplink.ReferencesRequest
		answer  uplink.ReferencesAnswer
		errs    []error // of the next requests
		one     *cert.Certificate
		checked = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)
	)
	hub := func(_ context.Context, r uplink.ReferencesRequest) (*uplink.ReferencesAnswer, error) {
		asked = append(asked, r)
		if len(errs) > 0 {
			err := errs[0]
			if errs = errs[1:]; err != nil {
				return nil, err
			}
		}
		return &answer, nil
	}
	path := func(mount, rest string) reference.Path { return reference.Path{Mount: mount, Path: rest} }
	secret := func(p reference.Path, c *cert.Certificate) reference.Secret {
		return reference.Secret{Path: p, Version: 1, Known: 1, Whole: true, ReadAt: checked, Entries: []reference.Entry{{Key: "certificate", Summary: c.Summary()}}}
	}
	wanted := func() map[cert.IdentityDigest]bool { return map[cert.IdentityDigest]bool{one.IdentityDigest(): true} }
	BeforeEach(func() {
		one = scenario.Issue(scenario.Spec{CommonName: "one"}).Noun()
		asked, errs = nil, nil
		answer = uplink.ReferencesAnswer{Schema: 1, Kind: "vault", Title: "Vault", State: reference.OK, CheckedAt: checked,
			Secrets: []reference.Secret{secret(path("secret/", "cf/one"), one)}}
	})

	It("asks for its own certificates, and takes nothing else from the answer", func() {
		store, words, _ := source.NewStore(hub, vm)
		other := scenario.Issue(scenario.Spec{CommonName: "other"}).Noun()
		answer.Secrets = append(answer.Secrets, secret(path("secret/", "cf/other"), other))
		a := store.Find(ctx, wanted())
		Expect(asked).To(Equal([]uplink.ReferencesRequest{{Schema: 1, Instance: vm, Identities: []cert.IdentityDigest{one.IdentityDigest()}}}))
		Expect(a).To(And(HaveField("State", reference.OK), HaveField("CheckedAt", checked), HaveField("Read", 1), HaveField("Requests", 1), HaveField("Unsearched", BeEmpty())))
		Expect(a.Secrets).To(Equal(answer.Secrets[:1]))
		Expect(words.Name()).To(Equal("Vault"))
		Expect(store.Name()).To(Equal("the hub"))
	})

	It("asks for all known paths at once", func() {
		store, _, _ := source.NewStore(hub, vm)
		paths := []reference.Path{path("secret/", "cf/one"), path("secret/", "cf/gone")}
		answer.Missing = []reference.Path{paths[1], path("secret/", "cf/foreign")}
		answer.Secrets = append(answer.Secrets, secret(path("secret/", "cf/foreign"), one))
		a := store.Read(ctx, paths)
		Expect(asked).To(HaveLen(1))
		Expect(asked[0].Paths).To(Equal(paths))
		Expect(a.Secrets).To(HaveLen(1))
		Expect(a.Missing).To(Equal(paths[1:]))
	})

	It("asks for older versions", func() {
		store, _, _ := source.NewStore(hub, vm)
		answer.Secrets[0].Older = []reference.Version{{Number: 7}}
		Expect(store.History(ctx, secret(path("secret/", "cf/one"), one))).To(Equal(answer.Secrets[0].Older))
		Expect(asked[0].History).To(Equal([]reference.Path{path("secret/", "cf/one")}))
	})

	It("compares with its own paths only, if they are named", func() {
		store, _, _ := source.NewStore(hub, vm, "secret/cf")
		answer.Secrets = append(answer.Secrets, secret(path("secret/", "cf-b/one"), one), secret(path("v:secret/", "cf/two"), one))
		answer.Problems = []reference.Problem{{Path: "secret/cf-b/x", Reason: "no"}, {Path: "secret/cf/x", Reason: "no"}, {Path: "secret/", Reason: "no"}, {Reason: "all"}}
		a := store.Find(ctx, wanted())
		Expect(a.Secrets).To(HaveExactElements(HaveField("Path.Path", "cf/one"), HaveField("Path.Path", "cf/two")))
		Expect(a.Problems).To(HaveExactElements(HaveField("Path", "secret/cf/x"), HaveField("Path", "secret/"), HaveField("Reason", "all")))
	})

	It("searches again for what the hub may not have seen", func() {
		store, _, _ := source.NewStore(hub, vm)
		answer.Incomplete = true
		Expect(store.Find(ctx, wanted()).Unsearched).To(Equal(wanted()))
	})

	It("tries a busy hub again, and no other", func() {
		store, _, _ := source.NewStore(hub, vm)
		errs = []error{&uplink.Fault{Status: http.StatusTooManyRequests}, &uplink.Fault{Status: http.StatusServiceUnavailable}}
		Expect(store.Read(ctx, nil)).To(And(HaveField("State", reference.OK), HaveField("Requests", 3)))
		errs = []error{&uplink.Fault{Status: 503}, &uplink.Fault{Status: 503}, &uplink.Fault{Status: 503}}
		Expect(store.Read(ctx, nil)).To(And(HaveField("State", reference.Unavailable), HaveField("Requests", 3), HaveField("Refused", "")))
		asked, errs = nil, []error{errors.New("no connection")}
		Expect(store.Read(ctx, nil)).To(And(HaveField("State", reference.Unavailable), HaveField("Error", "no connection"), HaveField("CheckedAt", BeZero()),
			HaveField("Problems", Equal([]reference.Problem{{Reason: "no connection"}}))))
		Expect(asked).To(HaveLen(1))
	})

	It("is refused by a hub that does not accept it", func() {
		store, _, _ := source.NewStore(hub, vm)
		errs = []error{&uplink.Fault{Status: http.StatusForbidden}}
		a := store.Find(ctx, wanted())
		Expect(a.State).To(Equal(reference.Unavailable))
		Expect(a.Refused).To(Equal(a.Error))
		answer = uplink.ReferencesAnswer{Schema: 1, State: reference.Unavailable, Error: "the hub has just started"}
		Expect(store.Find(ctx, wanted())).To(And(HaveField("State", reference.Unavailable), HaveField("Error", "the hub has just started"), HaveField("Refused", "")))
		answer = uplink.ReferencesAnswer{Schema: 1, State: "fine"}
		Expect(store.Find(ctx, wanted())).To(HaveField("State", reference.Unavailable))
	})

	It("keeps what the hub says of a source that it cannot see, and since when", func() {
		store, _, _ := source.NewStore(hub, vm)
		last := checked.Add(-5 * time.Hour)
		answer.Secrets[0].Unread, answer.Secrets[0].ReadAt = "Vault is sealed", last
		answer.Problems = []reference.Problem{{Reason: "Vault is sealed", LastSeen: last}}
		own := []cert.Deployed{{Certificate: one, Role: cert.Leaf}}
		follower := reference.Follow(store, "cf", nil, func() time.Time { return checked })
		for range 2 { // a search, and then a poll
			knowledge, a := follower.Ask(ctx, own)
			Expect(a.Problems).To(HaveExactElements(And(HaveField("Reason", "Vault is sealed"), HaveField("LastSeen", last))))
			Expect(knowledge.Resolve(own, "cf")[one.Fingerprint]).To(And(HaveField("State", cert.Current), HaveField("LastSeen", last)))
		}
	})

	Describe("in its words", func() {
		held := func(mount, rest string) verdict.Held {
			return verdict.Held{Reference: cert.Reference{Mount: mount, Path: rest, Key: "certificate", DeployedVersion: 3}, Certificate: one}
		}
		It("has the steps of Vault, and names the Vault if there are several", func() {
			_, words, _ := source.NewStore(hub, vm)
			Expect(verdict.Join(words.Steps(verdict.Rollback, held("secret/", "cf/one")))).To(Equal("vault kv rollback -mount=secret -version=3 cf/one"))
			Expect(verdict.Join(words.Steps(verdict.Rollback, held("west:secret/", "cf/one")))).To(Equal("in the Vault that the hub calls west: vault kv rollback -mount=secret -version=3 cf/one"))
			Expect(verdict.Join(words.Steps(verdict.Narrow, held("", "")))).To(Equal("name the deployment's own paths in cert_health.reference_paths"))
			Expect(words.Place(held("west:secret/", "cf/one").Reference)).To(Equal("west:secret/cf/one"))
		})
		It("has the steps that the hub sends for others, and after a restart what is known anyway", func() {
			store, words, _ := source.NewStore(hub, vm)
			Expect(words.Name()).To(Equal("the hub"))
			answer.Kind, answer.Title = "credhub", "CredHub"
			answer.Secrets = []reference.Secret{secret(path("/", "bosh/cf/one"), one)}
			answer.Remedies = uplink.Remedies{"/bosh/cf/one": {"renew": {verdict.Do("as the hub says")}}}
			store.Find(ctx, wanted())
			Expect(words.Name()).To(Equal("CredHub"))
			Expect(verdict.Join(words.Steps(verdict.Renew, held("/", "bosh/cf/one")))).To(Equal("as the hub says"))
			Expect(words.Steps(verdict.Rollback, held("/", "bosh/cf/one"))).To(BeEmpty())
			_, words, recall := source.NewStore(hub, vm)
			recall(&reference.Knowledge{Secrets: answer.Secrets})
			Expect(words.Name()).To(Equal("CredHub"))
			Expect(verdict.Join(words.Steps(verdict.Renew, held("/", "bosh/cf/one")))).To(Equal("credhub regenerate -n /bosh/cf/one"))
		})
		It("names the hub if there are several products", func() {
			store, words, _ := source.NewStore(hub, vm)
			answer.Kind, answer.Title = "", ""
			store.Find(ctx, wanted())
			Expect(words.Name()).To(Equal("the hub"))
		})
	})
})

var _ = Describe("the settings of reference", func() {
	settings := func(change func(*source.Options)) *source.Options {
		o := &source.Options{Reference: "hub", Hub: uplink.Options{URL: []string{"https://hub.example:8444"}}}
		change(o)
		return o
	}
	DescribeTable("are checked", func(change func(*source.Options), problems ...string) {
		Expect(settings(change).Problems()).To(HaveExactElements(problems))
	},
		Entry("good", func(*source.Options) {}),
		Entry("another word", func(o *source.Options) { o.Reference = "hubb" }, `reference must be hub, or empty to compare with vault.address; did you mean "hub"?`),
		Entry("no hub", func(o *source.Options) { o.Hub.URL = nil }, "reference is hub, and hub.url is missing: set it to the URL of the hub for agents"),
		Entry("paths without it", func(o *source.Options) { o.Reference, o.Paths = "", []string{"secret/cf"} }, "reference_paths is set, and reference is not: set reference to hub"),
	)
	It("open a source, or none", func() {
		vm := report.Instance{Deployment: "cf", Group: "cell", ID: "3f2a"}
		Expect(settings(func(o *source.Options) { o.Reference = "" }).Open(vm, reference.Regularly, time.Now)).To(BeNil())
		opened, err := settings(func(o *source.Options) { o.Paths = []string{"secret/{{deployment}}/"} }).Open(vm, reference.Regularly, time.Now)
		Expect(err).NotTo(HaveOccurred())
		Expect(opened).To(And(HaveField("Kind", "hub"), HaveField("Title", "the hub"), HaveField("Scope", "hub secret/cf"), HaveField("Address", "https://hub.example:8444")))
		_, err = settings(func(o *source.Options) { o.Paths = []string{"secret/{{deployment}}"} }).Open(report.Instance{}, reference.Once, time.Now)
		Expect(err).To(MatchError(ContainSubstring("deployment")))
	})
})
