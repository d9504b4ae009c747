package answers_test

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/scenario"
	"cert-health/internal/uplink"
)

type certs = []*cert.Certificate

var _ = Describe("an answer about secrets of Vault", func() {
	var w *world
	var old, new, other *cert.Certificate
	BeforeEach(func() {
		w = newWorld("vault", "vault", "sites", "tls")
		old, new, other = leaf("bbs"), leaf("bbs"), leaf("other")
		w.secret("vault", "secret/", "cf/bbs", certs{old}, certs{}, certs{new})
		w.secret("vault", "secret/", "cf/other", certs{other})
		w.item("sites", inventory.Item{Path: "bbs.example:443", Kind: "host", Sightings: []inventory.Sighting{{Certificate: w.certificate(new), State: inventory.Current}}})
		w.item("vault", inventory.Item{Path: "pki/cert/1", Kind: "issued", Sightings: []inventory.Sighting{{Certificate: w.certificate(new), State: inventory.Current}}})
	})

	It("has what was asked for, with its history, and nothing else", func() {
		a := w.search(old)
		Expect(a).To(And(HaveField("State", reference.OK), HaveField("Schema", uplink.Schema), HaveField("Kind", "vault"), HaveField("Title", "Vault"),
			HaveField("CheckedAt", now().Add(-10*time.Minute)), HaveField("Problems", BeEmpty()), HaveField("Remedies", BeEmpty())))
		Expect(paths(a)).To(Equal([]string{"secret/cf/bbs"}))
		s := a.Secrets[0]
		Expect(s).To(And(HaveField("Mount", "secret/"), HaveField("Version", 3), HaveField("Known", 3), HaveField("Deleted", false),
			HaveField("Created", now().Add(-17*time.Hour)), HaveField("ReadAt", now().Add(-10*time.Minute)), HaveField("Unread", ""), HaveField("Whole", true)))
		Expect(s.Entries).To(Equal([]reference.Entry{{Key: "certificate", Summary: new.Summary()}}))
		Expect(numbers(s.Older)).To(Equal([]string{"2: 0", "1: 1"}))
		Expect(s.Older[1].Entries).To(Equal([]reference.PastEntry{{Fingerprint: old.Fingerprint, IdentityDigest: old.IdentityDigest()}}))
	})

	It("finds a certificate that only an older version holds", func() {
		gone := leaf("gone")
		w.secret("vault", "secret/", "cf/moved", certs{gone}, certs{other})
		Expect(paths(w.search(gone))).To(Equal([]string{"secret/cf/moved"}))
		Expect(paths(w.search(gone, other, gone))).To(Equal([]string{"secret/cf/moved", "secret/cf/other"}))
	})

	It("is empty for what no store has", func() {
		a := w.search(leaf("absent"))
		Expect(a).To(And(HaveField("State", reference.OK), HaveField("Kind", "vault"), HaveField("Secrets", BeEmpty()), HaveField("Problems", BeEmpty())))
	})

	It("has current versions of paths, older ones only if they are asked for, and says what is missing", func() {
		a := w.read(path("secret/", "cf/bbs"), path("secret/", "cf/gone"), path("elsewhere/", "x"))
		Expect(paths(a)).To(Equal([]string{"secret/cf/bbs"}))
		Expect(a.Secrets[0].Older).To(BeEmpty())
		Expect(a.Secrets[0].Whole).To(BeFalse())
		Expect(a.Missing).To(Equal([]reference.Path{path("secret/", "cf/gone")}))
		Expect(a.Problems).To(Equal([]reference.Problem{{Path: "elsewhere/x", Reason: "the hub has no secret in elsewhere/ any more: check the paths of its sources"}}))
		r := request()
		r.History = []reference.Path{path("secret/", "cf/bbs")}
		a = w.ready().Answer(GinkgoT().Context(), r)
		Expect(numbers(a.Secrets[0].Older)).To(Equal([]string{"2: 0", "1: 1"}))
	})

	It("shows what a deleted secret held", func() {
		w.secret("vault", "secret/", "cf/deleted", certs{other}, certs{old}, certs{})
		s := w.read(path("secret/", "cf/deleted")).Secrets[0]
		Expect(s).To(And(HaveField("Deleted", true), HaveField("Since", now().Add(-17*time.Hour+time.Minute)), HaveField("Version", 3), HaveField("Known", 2)))
		Expect(s.Entries).To(HaveLen(1))
		Expect(s.Entries[0].Fingerprint).To(Equal(old.Fingerprint))
		Expect(numbers(s.Older)).To(Equal([]string{"1: 1"}))
	})

	It("has each certificate of a value once, under its key, and what was revoked", func() {
		ca := issue(scenario.Spec{CommonName: "ca", CA: true})
		item := w.secret("vault", "secret/", "cf/yaml", certs{ca, ca})
		item.Sightings[0].Place, item.Sightings[0].Key = "yaml.one", "yaml"
		item.Sightings[1].Place, item.Sightings[1].Key = "yaml.two", "yaml"
		item.Revoked = []reference.Revocation{{Signer: ca.PublicKey.Mark(), Serial: cert.SerialMark("2"), At: now()}}
		s := w.search(ca).Secrets[0]
		Expect(s.Entries).To(Equal([]reference.Entry{{Key: "yaml", Summary: ca.Summary()}}))
		Expect(s.Revoked).To(Equal(item.Revoked))
	})

	It("is unavailable while nothing is known", func() {
		w.loaded = false
		Expect(w.search(old)).To(And(HaveField("State", reference.Unavailable), HaveField("Error", ContainSubstring("has just started"))))
		w.loaded = true
		w.source("vault").LastSuccess = time.Time{}
		Expect(w.search(old)).To(And(HaveField("State", reference.Unavailable), HaveField("Secrets", BeEmpty()),
			HaveField("Error", "the hub cannot see its source vault: the source has not been collected yet")))
		Expect(newWorld("sites", "tls").search(old)).To(HaveField("Error", "the hub has no source with secrets: give it a source of type vault or credhub"))
	})

	It("says of a stale source what was last seen, and when", func() {
		last := now().Add(-5 * time.Hour)
		w.source("vault").LastSuccess, w.source("vault").Error = last, "Vault is sealed: unseal it"
		for i := range w.contents.Items {
			w.contents.Items[i].LastSeen = last
		}
		a := w.read(path("secret/", "cf/bbs"), path("secret/", "cf/gone"))
		const reason = "the hub cannot see its source vault: the source was last seen 2026-11-27 07:00 UTC: Vault is sealed: unseal it"
		Expect(a.State).To(Equal(reference.OK))
		Expect(a.Secrets[0]).To(And(HaveField("Unread", reason), HaveField("ReadAt", last)))
		Expect(a.Missing).To(BeEmpty())
		Expect(a.Problems).To(Equal([]reference.Problem{{Reason: reason, LastSeen: last}, {Path: "secret/cf/gone", Reason: reason, LastSeen: last}}))
		Expect(a.CheckedAt).To(Equal(last))
	})

	It("says which secret and which part could not be seen, if the deployment is concerned", func() {
		w.contents.Items[0].Unseen = "the token may not read it"
		w.source("vault").Unseen = []inventory.Unseen{{Path: "secret/cf/bbs", Reason: "no"}, {Path: "secret/cf/", Reason: "denied"},
			{Path: "secret/others/", Reason: "denied"}, {Path: "secret/", Reason: "all is denied"}}
		a := w.read(path("secret/", "cf/bbs"), path("secret/", "cf/gone"))
		Expect(a.Secrets[0].Unread).To(Equal("the token may not read it"))
		Expect(a.Missing).To(BeEmpty())
		Expect(a.Problems).To(Equal([]reference.Problem{
			{Path: "secret/cf/", Reason: "the hub: denied"}, {Path: "secret/", Reason: "the hub: all is denied"},
			{Path: "secret/cf/bbs", Reason: "the token may not read it", LastSeen: now().Add(-10 * time.Minute)}, {Path: "secret/cf/gone", Reason: "denied"},
		}))
	})

	It("is incomplete while another store was never seen", func() {
		w.contents.Sources = append(w.contents.Sources, inventory.Health{Name: "ch", Type: "credhub"})
		a := w.search(old)
		Expect(a.Incomplete).To(BeTrue())
		Expect(a.Problems).To(ConsistOf(HaveField("Reason", "the hub cannot see its source ch: the source has not been collected yet")))
		Expect(paths(a)).To(Equal([]string{"secret/cf/bbs"}))
	})

	It("has the secrets of the deployment first if many have the same names", func() {
		for i := range 100 {
			w.secret("vault", "secret/", fmt.Sprintf("env-%03d/bbs", i), certs{new})
		}
		a := w.search(new)
		Expect(a.Secrets).To(HaveLen(64))
		Expect(paths(a)).To(ContainElement("secret/cf/bbs"))
		Expect(a.Problems).To(ConsistOf(HaveField("Reason", HavePrefix("37 more secrets have the names of this VM's certificates"))))
	})
})

var _ = Describe("an answer of several stores", func() {
	var w *world
	var one *cert.Certificate
	BeforeEach(func() {
		w = newWorld("ch", "credhub", "v", "vault")
		one = leaf("one")
	})

	// credential adds a credential of CredHub. Sightings are states and certificates in pairs.
	credential := func(path string, sightings ...any) {
		item := inventory.Item{Path: path, Kind: "certificate"}
		for i := 0; i < len(sightings); i += 2 {
			item.Sightings = append(item.Sightings, inventory.Sighting{Certificate: w.certificate(sightings[i+1].(*cert.Certificate)), Place: "certificate",
				State: sightings[i].(inventory.State), Version: fmt.Sprintf("id-%d", i), Since: now().Add(time.Duration(-i) * time.Hour)})
		}
		w.item("ch", item)
	}

	It("has credentials of CredHub without numbers, and the steps that renew them", func() {
		old := leaf("one")
		credential("/bosh/cf/one", inventory.Current, one, inventory.Previous, old)
		a := w.search(one)
		Expect(a).To(And(HaveField("Kind", "credhub"), HaveField("Title", "CredHub")))
		s := a.Secrets[0]
		Expect(s).To(And(HaveField("Path", path("/", "bosh/cf/one")), HaveField("Version", 0), HaveField("Known", 0), HaveField("Created", now()), HaveField("Whole", true)))
		Expect(s.Entries).To(Equal([]reference.Entry{{Key: "certificate", Summary: one.Summary()}}))
		Expect(numbers(s.Older)).To(Equal([]string{"0: 1"}))
		Expect(s.Older[0].Created).To(Equal(now().Add(-2 * time.Hour)))
		steps := a.Remedies["/bosh/cf/one"]["renew"]
		Expect(steps).To(HaveLen(1))
		Expect(steps[0].Run).To(Equal([]string{"credhub", "regenerate", "-n", "/bosh/cf/one"}))
		Expect(paths(w.read(s.Path))).To(Equal([]string{"/bosh/cf/one"}))
	})

	It("has the transitional version of a CA beside the current one, and not as a bundle", func() {
		now, next := issue(scenario.Spec{CommonName: "ca", CA: true}), issue(scenario.Spec{CommonName: "ca", CA: true})
		credential("/bosh/cf/ca", inventory.Transitional, next, inventory.Current, now)
		s := w.search(now).Secrets[0]
		Expect(s.Entries).To(Equal([]reference.Entry{{Key: "certificate", Summary: now.Summary()}, {Key: "certificate (transitional)", Summary: next.Summary()}}))
	})

	It("has no kind if they are of several", func() {
		w.secret("v", "secret/", "cf/one", certs{one})
		credential("/bosh/cf/one", inventory.Current, one)
		a := w.search(one)
		Expect(paths(a)).To(Equal([]string{"/bosh/cf/one", "secret/cf/one"}))
		Expect(a).To(And(HaveField("Kind", ""), HaveField("Title", "")))
	})

	It("names the store of each secret if there are two of one type", func() {
		w.secret("v", "secret/", "cf/one", certs{one})
		Expect(paths(w.search(one))).To(Equal([]string{"secret/cf/one"}))
		w.contents.Sources = append(w.contents.Sources, inventory.Health{Name: "w", Type: "vault", Interval: time.Hour, LastSuccess: now()})
		Expect(paths(w.search(one))).To(Equal([]string{"v:secret/cf/one"}))
		a := w.read(path("secret/", "cf/one")) // as the agent knows it from before
		Expect(paths(a)).To(Equal([]string{"secret/cf/one"}))
		w.secret("w", "secret/", "cf/one", certs{one})
		Expect(paths(w.search(one))).To(Equal([]string{"v:secret/cf/one", "w:secret/cf/one"}))
		a = w.read(path("secret/", "cf/one"), path("v:secret/", "cf/one"), path("w:secret/", "cf/two"))
		Expect(paths(a)).To(Equal([]string{"v:secret/cf/one"}))
		Expect(a.Missing).To(Equal([]reference.Path{path("w:secret/", "cf/two")}))
		Expect(a.Problems).To(ConsistOf(HaveField("Reason", "several stores of the hub have this path now")))
	})
})
