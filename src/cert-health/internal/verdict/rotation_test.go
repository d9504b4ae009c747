package verdict_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/reference"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

// The secrets of the deployment that is rotated: a bundle of CAs, and a leaf for each VM.
const (
	caSecret  = "cf/ca"
	bbsSecret = "cf/bbs"
	repSecret = "cf/rep"
)

// rotation is a deployment of two VMs and its Vault, and the time.
type rotation struct {
	now   time.Time
	vault map[string][]written // by path, the oldest first
	vms   map[string]string    // their roots, by name
}

// written is one version of a secret.
type written struct {
	at    time.Time
	pairs []*scenario.Pair
}

// rotate begins with all deployed, signed by one CA.
func rotate(ca *scenario.Pair) *rotation {
	r := &rotation{now: now, vault: map[string][]written{}, vms: map[string]string{"bbs": GinkgoT().TempDir(), "cell": GinkgoT().TempDir()}}
	r.write(caSecret, ca)
	r.renew(ca)
	r.deploy("bbs")
	r.deploy("cell")
	return r
}

func (r *rotation) write(path string, pairs ...*scenario.Pair) {
	r.vault[path] = append(r.vault[path], written{r.now, pairs})
}

// renew writes leaves that the CA signed now.
func (r *rotation) renew(ca *scenario.Pair) {
	for path, name := range map[string]string{bbsSecret: "bbs", repSecret: "rep"} {
		r.write(path, scenario.Issue(scenario.Spec{CommonName: name, Issuer: ca, NotBefore: r.now.Add(-time.Minute), NotAfter: r.now.Add(365 * day)}))
	}
}

func (r *rotation) wait(d time.Duration) { r.now = r.now.Add(d) }

func (r *rotation) latest(path string) []*scenario.Pair {
	return r.vault[path][len(r.vault[path])-1].pairs
}

// deploy renders the jobs of a VM with what Vault holds: certificates in files, and in
// properties of a configuration.
func (r *rotation) deploy(vm string) {
	GinkgoHelper()
	secret := map[string]string{"bbs": bbsSecret, "cell": repSecret}[vm]
	r.render(vm, r.latest(secret)[0], r.latest(caSecret))
}

func (r *rotation) render(vm string, leaf *scenario.Pair, cas []*scenario.Pair) {
	GinkgoHelper()
	config, err := json.Marshal(map[string]string{"server_cert": pem(leaf), "server_key": leaf.KeyPEM(), "ca_cert": pem(cas...)})
	Expect(err).NotTo(HaveOccurred())
	jobs := map[string]scenario.Files{
		vm: {"config/certs/server.crt": pem(leaf), "config/certs/server.key": leaf.KeyPEM(), "config/certs/ca.crt": pem(cas...)},
		"silk": {"config/silk.json": string(config),
			"config/trust.yml": "tls:\n  ca: |\n" + scenario.Indent(pem(cas...), "    ")},
	}
	Expect(scenario.VM{Jobs: jobs}.Write(r.vms[vm])).To(Succeed())
}

// knowledge is what a VM would know of Vault.
func (r *rotation) knowledge(deployed []cert.Deployed) *reference.Knowledge {
	k := &reference.Knowledge{CheckedAt: r.now, Asked: map[cert.IdentityDigest]reference.Asked{}}
	for _, d := range deployed {
		k.Asked[d.Certificate.IdentityDigest()] = reference.Asked{First: r.now, Last: r.now}
	}
	for path, versions := range r.vault {
		current := len(versions) - 1
		s := reference.Secret{Path: reference.Path{Mount: "secret/", Path: path}, Version: current + 1, Known: current + 1,
			Created: versions[current].at, Whole: true, ReadAt: r.now}
		for _, p := range versions[current].pairs {
			s.Entries = append(s.Entries, reference.Entry{Key: "certificate", Summary: p.Noun().Summary()})
		}
		for number := current; number > 0; number-- {
			older := reference.Version{Number: number, Created: versions[number-1].at}
			for _, p := range versions[number-1].pairs {
				older.Entries = append(older.Entries, reference.PastEntry{Fingerprint: p.Fingerprint(), IdentityDigest: p.Noun().IdentityDigest()})
			}
			s.Older = append(s.Older, older)
		}
		k.Secrets = append(k.Secrets, s)
	}
	return k
}

// findings are all that is found on a VM, now.
func (r *rotation) findings(vm string) (found []told) {
	GinkgoHelper()
	inventory, err := discover.Scan(context.Background(), discover.Options{Root: r.vms[vm]})
	Expect(err).NotTo(HaveOccurred())
	Expect(inventory.Deployed).NotTo(BeEmpty())
	facts := verdict.Facts{Deployed: inventory.Deployed, Mismatches: inventory.Mismatches, Deployment: "cf", Now: r.now, Source: vault,
		References: r.knowledge(inventory.Deployed).Resolve(inventory.Deployed, "cf")}
	for _, judgement := range verdict.Judge(facts, policy()) {
		found = append(found, tell(judgement.Findings)...)
	}
	return found
}

// codes tells the findings of a VM by code and severity, each once.
func (r *rotation) codes(vm string) []code {
	GinkgoHelper()
	list := []code{}
	for _, finding := range r.findings(vm) {
		list = append(list, code{finding.Code, finding.Severity})
	}
	slices.SortFunc(list, func(a, b code) int { return int(b.Severity - a.Severity) })
	return slices.Compact(list)
}

// untrusted are the findings of that code on a VM.
func (r *rotation) untrusted(vm string) []told {
	GinkgoHelper()
	return slices.DeleteFunc(r.findings(vm), func(f told) bool { return f.Code != verdict.Untrusted })
}

var _ = Describe("a rotation of a CA", func() {
	waiting := []code{{verdict.Stale, verdict.Info}}
	forgotten := []code{{verdict.Stale, verdict.Error}}
	none := []code{}
	fileOf := func(vm string) string { return "/var/vcap/jobs/" + vm + "/config/certs/server.crt" }

	for _, successor := range []string{"cf_ca", "cf_ca_2026"} {
		It(fmt.Sprintf("in the right order causes no finding but drift, if %s follows cf_ca", successor), func() {
			old, young := authorityOf("cf_ca", nil), authorityOf(successor, nil)
			r := rotate(old)
			expect := func(step string, bbs, cell []code) {
				GinkgoHelper()
				Expect(r.codes("bbs")).To(Equal(bbs), step+": bbs")
				Expect(r.codes("cell")).To(Equal(cell), step+": cell")
			}
			// change does one thing in Vault, and deploys it VM by VM.
			change := func(what string, late []code, write func()) {
				GinkgoHelper()
				r.wait(day)
				write()
				expect(what+" in Vault", waiting, waiting)
				r.wait(time.Hour)
				r.deploy("bbs")
				expect(what+" on one VM", none, waiting)
				r.wait(2 * day)
				expect(what+" on one VM for days", none, late)
				r.deploy("cell")
				expect(what+" everywhere", none, none)
			}
			expect("before", none, none)
			change("the new CA added", forgotten, func() { r.write(caSecret, old, young) })
			change("leaves renewed", forgotten, func() { r.renew(young) })
			withdrawn := []code{{verdict.Stale, verdict.Warning}}
			change("the old CA removed", withdrawn, func() { r.write(caSecret, young) })
		})
	}

	It("that withdraws a CA names the files that still trust it", func() {
		old, young := authorityOf("cf_ca", nil, lasting(-300, 60)), authorityOf("cf_ca", nil, lasting(-1, 3000))
		r := rotate(old)
		r.write(caSecret, old, young)
		r.renew(young)
		r.deploy("cell")
		r.write(caSecret, young)
		Expect(r.codes("cell")).To(Equal(waiting))
		r.wait(2 * day)
		Expect(r.findings("cell")).To(Equal([]told{{verdict.Stale, verdict.Warning,
			"/var/vcap/jobs/cell/config/certs/ca.crt still trusts it, and secret/cf/ca no longer holds it since 2026-11-22 03:00 UTC",
			"programs that use this file accept every certificate that it signs", "merge the manifest anew, then: bosh -d cf deploy MANIFEST"}}))
		r.wait(61 * day)
		Expect(r.codes("cell")).To(Equal([]code{{verdict.Expired, verdict.Warning}}))
	})

	It("that leaves the key of a CA unchanged withdraws nothing", func() {
		old := authorityOf("cf_ca", nil)
		young := authorityOf("cf_ca", nil, keyOf(old))
		r := rotate(old)
		r.write(caSecret, old, young)
		r.deploy("cell")
		r.write(caSecret, young)
		r.wait(2 * day)
		Expect(r.codes("cell")).To(BeEmpty())
	})

	It("that renews the CA with its key needs no new leaves", func() {
		old := authorityOf("cf_ca", nil, lasting(-300, 20))
		r := rotate(old)
		Expect(r.codes("bbs")).To(ConsistOf(code{verdict.Expiring, verdict.Warning}, code{verdict.Untrusted, verdict.Info}))
		r.write(caSecret, authorityOf("cf_ca", nil, keyOf(old)))
		r.deploy("bbs")
		Expect(r.codes("bbs")).To(BeEmpty())
		r.wait(21 * day)
		Expect(r.codes("bbs")).To(BeEmpty())
		Expect(r.codes("cell")).To(ContainElement(code{verdict.Expired, verdict.Critical}))
		Expect(r.untrusted("cell")).To(HaveEach(HaveField("Next", "merge the manifest anew, then: bosh -d cf deploy MANIFEST")))
		r.deploy("cell")
		Expect(r.codes("cell")).To(BeEmpty())
	})

	Describe("in the wrong order", func() {
		old, young := authorityOf("cf_ca", nil), authorityOf("cf_ca", nil)
		sentence := func(vm string) string {
			return "in " + fileOf(vm) + " it does not chain to any CA of its job with its issuer's name: CN=cf_ca in /var/vcap/jobs/" + vm +
				"/config/certs/ca.crt has another key"
		}
		expect := func(r *rotation, vm, next string) {
			GinkgoHelper()
			Expect(r.untrusted(vm)).To(Equal([]told{{Code: verdict.Untrusted, Severity: verdict.Error, Message: sentence(vm), Why: "peers that trust only this CA refuse it", Next: next}}))
		}
		add := func(vm, secret string) string {
			return "add the CA that signed it to the property that fills /var/vcap/jobs/" + vm + "/config/certs/ca.crt, or reissue it: " +
				"cert-health x509 reissue secret/" + secret + ", then merge the manifest anew, then: bosh -d cf deploy MANIFEST"
		}

		It("is found if leaves are renewed before their CA is in the bundle", func() {
			r := rotate(old)
			r.renew(young)
			Expect(r.untrusted("cell")).To(BeEmpty()) // nothing is broken before it is deployed
			r.deploy("cell")
			expect(r, "cell", add("cell", repSecret))
			Expect(r.untrusted("bbs")).To(BeEmpty())

			r.write(caSecret, old, young)
			expect(r, "cell", "merge the manifest anew, then: bosh -d cf deploy MANIFEST")
			r.deploy("cell")
			Expect(r.codes("cell")).To(BeEmpty())
		})

		It("is found if the old CA is removed while its leaves are there", func() {
			r := rotate(old)
			r.write(caSecret, old, young)
			r.deploy("bbs")
			r.write(caSecret, young)
			Expect(r.untrusted("bbs")).To(BeEmpty())
			r.deploy("bbs")
			expect(r, "bbs", add("bbs", bbsSecret))

			r.renew(young)
			expect(r, "bbs", "merge the manifest anew, then: bosh -d cf deploy MANIFEST")
			r.deploy("bbs")
			Expect(r.codes("bbs")).To(BeEmpty())
		})

		It("is found if the CA is replaced and not added", func() {
			r := rotate(old)
			r.write(caSecret, young)
			r.deploy("bbs")
			expect(r, "bbs", add("bbs", bbsSecret))
			Expect(r.codes("cell")).To(Equal(waiting))
			r.write(caSecret, old, young)
			expect(r, "bbs", "merge the manifest anew, then: bosh -d cf deploy MANIFEST")
		})

		It("is found if leaf and CA of one VM are of different generations", func() {
			r := rotate(old)
			r.write(caSecret, young)
			r.renew(young)
			r.render("cell", r.latest(repSecret)[0], []*scenario.Pair{old})
			expect(r, "cell", "merge the manifest anew, then: bosh -d cf deploy MANIFEST")
			r.render("cell", r.vault[repSecret][0].pairs[0], []*scenario.Pair{young})
			expect(r, "cell", "merge the manifest anew, then: bosh -d cf deploy MANIFEST")
		})
	})

	It("is found at the end if leaves of the expired CA are left", func() {
		old, young := authorityOf("cf_ca", nil, lasting(-300, 3)), authorityOf("cf_ca", nil)
		r := rotate(old)
		r.write(caSecret, old, young)
		r.deploy("bbs")
		r.wait(4 * day)
		Expect(r.untrusted("bbs")).To(Equal([]told{{Code: verdict.Untrusted, Severity: verdict.Error,
			Message: "in " + fileOf("bbs") + " it was signed by CN=cf_ca in /var/vcap/jobs/bbs/config/certs/ca.crt, " +
				"which expired 24 hours ago (2026-11-25 03:00 UTC)",
			Why: "peers that verify it with this CA refuse it",
			Next: "reissue it from the CA that replaces the other one in /var/vcap/jobs/bbs/config/certs/ca.crt: " +
				"cert-health x509 reissue secret/cf/bbs, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"}}))
	})
})
