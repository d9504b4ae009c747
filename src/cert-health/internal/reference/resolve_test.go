package reference_test

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
)

var t0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// on is a day of the year of the tests.
func on(day int) time.Time { return t0.AddDate(0, 0, day) }

// certificate is one with a number as its fingerprint, and a name as its identity.
func certificate(number byte, name string, day int) *cert.Certificate {
	return &cert.Certificate{Fingerprint: cert.Fingerprint{number}, Subject: "CN=" + name, NotBefore: on(day)}
}

func authority(number byte, name string) *cert.Certificate {
	c := certificate(number, name, 0)
	c.CA = true
	return c
}

func deployed(certificates ...*cert.Certificate) []cert.Deployed {
	var all []cert.Deployed
	for _, c := range certificates {
		all = append(all, cert.Deployed{Certificate: c})
	}
	return all
}

// secret is one whose current version has this number and was written on the day number*10.
func secret(path string, version int, holds ...*cert.Certificate) reference.Secret {
	s := reference.Secret{Path: reference.Path{Mount: "secret/", Path: path}, Version: version, Known: version, Created: on(10 * version), Whole: true}
	for _, c := range holds {
		s.Entries = append(s.Entries, reference.Entry{Key: "certificate", Summary: c.Summary()})
	}
	return s
}

// older adds an older version with these certificates.
func older(s reference.Secret, number int, held ...*cert.Certificate) reference.Secret {
	v := reference.Version{Number: number, Created: on(10 * number)}
	for _, c := range held {
		v.Entries = append(v.Entries, reference.PastEntry{Fingerprint: c.Fingerprint, IdentityDigest: c.IdentityDigest()})
	}
	s.Older = append(s.Older, v)
	return s
}

var _ = Describe("Resolve", func() {
	resolveFor := func(deployment string, c *cert.Certificate, secrets ...reference.Secret) cert.Reference {
		k := reference.Knowledge{Secrets: secrets, Asked: map[cert.IdentityDigest]reference.Asked{c.IdentityDigest(): {}}}
		return k.Resolve(deployed(c), deployment)[c.Fingerprint]
	}
	resolve := func(c *cert.Certificate, secrets ...reference.Secret) cert.Reference {
		return resolveFor("", c, secrets...)
	}

	It("compares fingerprints first", func() {
		c := certificate(1, "a", 0)
		summary := c.Summary()
		Expect(resolve(c, secret("other", 1, certificate(2, "a", 5)), secret("a", 3, c))).To(Equal(cert.Reference{
			State: cert.Current, Mount: "secret/", Path: "a", Key: "certificate", DeployedVersion: 3, CurrentVersion: 3, Written: on(30), Current: &summary}))
	})

	It("finds the older version that is deployed, and when the next version was written", func() {
		c := certificate(1, "a", 0)
		s := older(older(older(secret("a", 5, certificate(2, "a", 50)), 4, certificate(9, "a", 40)), 3), 2, certificate(8, "b", 0), c)
		r := resolve(c, s)
		Expect(r.State).To(Equal(cert.Stale))
		Expect(r.DeployedVersion).To(Equal(2))
		Expect(r.CurrentVersion).To(Equal(5))
		Expect(r.Since).To(Equal(on(30)), "version 3 was deleted, but it replaced version 2")
		Expect(r.Current.NotBefore).To(Equal(on(50)))
	})

	It("takes the date of the current version if it is the next version", func() {
		c := certificate(1, "a", 0)
		Expect(resolve(c, older(secret("a", 5, certificate(2, "a", 50)), 4, c)).Since).To(Equal(on(50)))
	})

	It("then compares identity digests: a newer entry makes it stale, an older one unexpected", func() {
		s := secret("a", 1, certificate(2, "a", 50))
		r := resolve(certificate(1, "a", 0), s)
		Expect(r.State).To(Equal(cert.Stale))
		Expect(r.DeployedVersion).To(BeZero())
		Expect(r.Since).To(Equal(on(10)))
		Expect(resolve(certificate(1, "a", 51), s).State).To(Equal(cert.Unexpected))
	})

	It("finds the certificate that replaced it at its path", func() {
		c := certificate(1, "a", 0)
		r := resolve(c, older(secret("a", 2, certificate(2, "b", 5)), 1, c))
		Expect(r.State).To(Equal(cert.Stale))
		Expect(r.Current.IdentityDigest).NotTo(Equal(c.IdentityDigest()))
	})

	Describe("a version that is not published yet", func() {
		behind := func(s reference.Secret) reference.Secret {
			s.Version, s.Behind = s.Known+1, on(99)
			return s
		}
		It("ends the published version when it is written", func() {
			c := certificate(1, "a", 0)
			r := resolve(c, behind(secret("a", 3, c)))
			Expect([]any{r.State, r.DeployedVersion, r.CurrentVersion, r.Since}).To(Equal([]any{cert.Behind, 3, 4, on(99)}))
		})
		It("may be the deployed one, so the state is not unexpected", func() {
			Expect(resolve(certificate(1, "a", 60), behind(secret("a", 3, certificate(2, "a", 50)))).State).To(Equal(cert.Behind))
		})
		It("does not change the state of an older version", func() {
			c := certificate(1, "a", 0)
			Expect(resolve(c, behind(older(secret("a", 3, certificate(2, "a", 50)), 2, c))).State).To(Equal(cert.Stale))
		})
		It("is used only if no copy has a known current version", func() {
			c := certificate(1, "a", 0)
			Expect(resolve(c, behind(secret("a", 3, c)), secret("b", 1, c)).State).To(Equal(cert.Current))
		})
	})

	Describe("a deleted secret", func() {
		deleted := func(s reference.Secret) reference.Secret {
			s.Deleted, s.Since = true, on(77)
			return s
		}
		It("is a state of its own, by fingerprint, past fingerprint and identity digest", func() {
			c := certificate(1, "a", 0)
			for _, s := range []reference.Secret{secret("a", 3, c), older(secret("a", 3), 2, c), secret("a", 3, certificate(2, "a", 5))} {
				r := resolve(c, deleted(s))
				Expect(r.State).To(Equal(cert.Deleted))
				Expect(r.Since).To(Equal(on(77)))
				Expect(r.Path).To(Equal("a"))
			}
		})
		It("is used only if no other secret matches", func() {
			c := certificate(1, "a", 0)
			Expect(resolve(c, deleted(secret("a", 3, c)), secret("b", 1, c)).Path).To(Equal("b"))
			Expect(resolve(c, deleted(secret("a", 3, certificate(3, "a", 5))), secret("b", 1, certificate(2, "a", 5)))).To(And(
				HaveField("State", cert.Stale), HaveField("Path", "b")))
		})
	})

	Describe("several secrets with the identity digest", func() {
		It("make the reference ambiguous", func() {
			r := resolve(certificate(1, "a", 0), secret("z", 1, certificate(2, "a", 1)), secret("y", 1, certificate(3, "a", 1)))
			Expect(r).To(Equal(cert.Reference{State: cert.Ambiguous, Candidates: []string{"secret/y", "secret/z"}, Elsewhere: true}))
		})
		It("of one deployment are ambiguous since the first of them was written, but not before the certificate was issued", func() {
			young, old := secret("cf/z", 3, certificate(2, "a", 1)), secret("cf/y", 2, certificate(3, "a", 1))
			paths := []string{"secret/cf/y", "secret/cf/z"}
			Expect(resolveFor("cf", certificate(1, "a", 0), young, old)).To(Equal(cert.Reference{State: cert.Ambiguous, Candidates: paths, Since: on(20)}))
			Expect(resolveFor("cf", certificate(1, "a", 40), young, old).Since).To(Equal(on(40)))
			for _, s := range []*reference.Secret{&young, &old} {
				s.Created = time.Time{}
			}
			Expect(resolveFor("cf", certificate(1, "a", 0), young, old).Since).To(Equal(on(1)), "without dates, since the first certificate became valid")
		})
		It("are at most sixteen, however many there are", func() {
			var many []reference.Secret
			for i := range 100 {
				many = append(many, secret(fmt.Sprintf("%03d", i), 1, certificate(byte(i+2), "a", 1)))
			}
			r := resolve(certificate(1, "a", 0), many...)
			Expect(r.State).To(Equal(cert.Ambiguous))
			Expect(r.Candidates).To(HaveLen(16))
		})
		It("are told apart by their older versions", func() {
			c := certificate(1, "a", 0)
			r := resolve(c, secret("z", 1, certificate(2, "a", 1)), older(secret("y", 2, certificate(3, "a", 1)), 1, c))
			Expect(r).To(And(HaveField("State", cert.Stale), HaveField("Path", "y")))
		})
		It("are told apart by the name of the deployment in their paths", func() {
			c := certificate(1, "a", 0)
			r := resolveFor("cf-b", c, secret("cf-a/x", 1, certificate(2, "a", 1)), secret("cf-b/x", 1, certificate(3, "a", 1)))
			Expect(r).To(And(HaveField("State", cert.Stale), HaveField("Path", "cf-b/x")))
			Expect(resolveFor("cf", c, secret("cf-a/x", 1, certificate(2, "a", 1)), secret("cf-b/x", 1, certificate(3, "a", 1))).State).To(Equal(cert.Ambiguous))
		})
		It("are told apart by the name of the job in their paths, if they belong to the deployment", func() {
			d := cert.Deployed{Certificate: certificate(1, "a", 0), Locations: []cert.Location{{Job: "route_emitter", File: "/var/vcap/jobs/route_emitter/config/certs/bbs/client.crt"}}}
			path := func(deployment string, paths ...string) string {
				k := reference.Knowledge{}
				for i, p := range paths {
					k.Secrets = append(k.Secrets, secret(p, 1, certificate(byte(i+2), "a", 1)))
				}
				r := k.Resolve([]cert.Deployed{d}, deployment)[d.Certificate.Fingerprint]
				return string(r.State) + " " + r.Path
			}
			Expect(path("cf", "cf/bbs/client", "cf/route-emitter/x")).To(Equal("stale cf/route-emitter/x"))
			Expect(path("cf", "cf/route_emitter/bbs/client", "cf/route_emitter/nats/client")).To(Equal("ambiguous "), "both name the job")
			Expect(path("cf", "cf/bbs/client", "cf/auctioneer/client")).To(Equal("ambiguous "), "none names the job")
			Expect(path("other", "cf/bbs/client", "cf/route-emitter/x")).To(Equal("ambiguous "), "the names of another deployment")
		})
		It("are told apart by the public key, also in another deployment", func() {
			c, heir := certificate(1, "a", 0), certificate(2, "a", 1)
			c.PublicKey, heir.PublicKey = cert.KeyDigest{7}, cert.KeyDigest{7}
			for _, deployment := range []string{"cf", "other", ""} {
				r := resolveFor(deployment, c, secret("cf/z", 1, certificate(3, "a", 1)), secret("cf/y", 1, heir))
				Expect(r).To(And(HaveField("State", cert.Stale), HaveField("Path", "cf/y")))
			}
		})
		It("count as one if they are copies", func() {
			held := certificate(2, "a", 50)
			Expect(resolve(certificate(1, "a", 0), secret("z", 1, held), secret("y", 1, held)).State).To(Equal(cert.Stale))
		})
		It("are ranked: a secret whose first entry it is comes first", func() {
			ca := authority(1, "ca")
			Expect(resolve(ca, secret("leaf", 1, certificate(2, "leaf", 0), ca), secret("the-ca", 1, ca)).Path).To(Equal("the-ca"))
		})
	})

	Describe("a secret with nothing but the identity digest, if the deployment is known", func() {
		c := certificate(1, "a", 20)
		elsewhere := func(path string) cert.Reference {
			return cert.Reference{State: cert.Ambiguous, Candidates: []string{path}, Elsewhere: true}
		}
		gone := secret("cf-a/x", 1, certificate(2, "a", 50))
		gone.Deleted = true
		behind := secret("cf-a/x", 1, certificate(2, "a", 50))
		behind.Version = 2
		DescribeTable("counts only if it belongs to the deployment",
			func(s reference.Secret, expected cert.Reference) {
				Expect(resolveFor("us-west-cf", c, s)).To(Equal(expected))
			},
			Entry("newer, elsewhere", secret("cf-a/x", 1, certificate(2, "a", 50)), elsewhere("secret/cf-a/x")),
			Entry("older, elsewhere", secret("cf-a/x", 1, certificate(2, "a", 0)), elsewhere("secret/cf-a/x")),
			Entry("not published, elsewhere", behind, elsewhere("secret/cf-a/x")),
			Entry("deleted, elsewhere", gone, cert.Reference{State: cert.Unknown}),
			Entry("in a path with a part of the name", secret("us/cf/x", 1, certificate(2, "a", 50)), elsewhere("secret/us/cf/x")),
		)
		It("belongs to a deployment that one or several elements of its path name", func() {
			for _, path := range []string{"us-west-cf/x", "us/west/cf/x", "us/west-cf/certs/x"} {
				Expect(resolveFor("us-west-cf", c, secret(path, 1, certificate(2, "a", 50)))).To(And(
					HaveField("State", cert.Stale), HaveField("Path", path)))
			}
		})
		It("belongs to the deployment if another leaf of the job is beside it, by its fingerprint", func() {
			at := func(job string, c *cert.Certificate) cert.Deployed {
				return cert.Deployed{Certificate: c, Locations: []cert.Location{{Job: job}}}
			}
			beside, ca := certificate(7, "b", 0), authority(8, "ca")
			k := reference.Knowledge{Secrets: []reference.Secret{secret("one/x", 1, certificate(2, "a", 50)), secret("one/b", 1, beside), secret("one/ca", 1, ca)}}
			resolved := func(other cert.Deployed) cert.Reference {
				return k.Resolve([]cert.Deployed{at("rep", c), other}, "cf")[c.Fingerprint]
			}
			Expect(resolved(at("rep", beside))).To(And(HaveField("State", cert.Stale), HaveField("Path", "one/x")))
			Expect(resolved(at("other", beside))).To(Equal(elsewhere("secret/one/x")), "another job proves nothing")
			Expect(resolved(at("rep", ca))).To(Equal(elsewhere("secret/one/x")), "deployments share CAs")
		})
		It("does not count in place of its fingerprint", func() {
			Expect(resolveFor("us-west-cf", c, secret("cf-a/x", 1, c)).State).To(Equal(cert.Current))
			Expect(resolveFor("us-west-cf", c, older(secret("cf-a/x", 2, certificate(2, "a", 50)), 1, c)).State).To(Equal(cert.Stale))
		})
	})

	Describe("a CA that was renewed in its own secret, and not in the secret of a leaf", func() {
		old, young, leaf := authority(1, "ca"), authority(2, "ca"), certificate(9, "leaf", 0)
		mine := older(secret("my_ca", 2, young), 1, old)
		It("is stale, by its own secret, wherever the copy stands", func() {
			for _, copied := range []reference.Secret{secret("a_leaf", 1, leaf, old), secret("a_leaf", 1, old, leaf)} {
				copied.Entries[1].Key = "ca"
				Expect(resolve(old, copied, mine)).To(And(HaveField("State", cert.Stale), HaveField("Path", "my_ca"),
					HaveField("DeployedVersion", 1), HaveField("CurrentVersion", 2)))
			}
		})
		It("is named by its own secret when the copy is renewed too", func() {
			copied := older(secret("a_leaf", 2, leaf, young), 1, leaf, old)
			Expect(resolve(old, copied, mine)).To(And(HaveField("State", cert.Stale), HaveField("Path", "my_ca")))
			Expect(resolve(young, secret("a_leaf", 2, young, leaf), mine)).To(And(HaveField("State", cert.Current), HaveField("Path", "my_ca")))
		})
		It("is current while a bundle holds it, or its own secret is deleted or not published", func() {
			both := secret("a_leaf", 1, leaf, young, old)
			both.Entries[1].Key, both.Entries[2].Key = "ca", "ca"
			Expect(resolve(old, both, mine).State).To(Equal(cert.Current))
			Expect(resolve(old, secret("bundle", 1, old, authority(3, "other")), mine).State).To(Equal(cert.Current))
			gone, behind := mine, mine
			gone.Deleted = true
			behind.Version = 3
			for _, s := range []reference.Secret{gone, behind} {
				Expect(resolve(old, secret("a_leaf", 1, leaf, old), s).State).To(Equal(cert.Current))
			}
		})
		It("is current if only the secret of another deployment was renewed", func() {
			Expect(resolveFor("cf", old, secret("cf/leaf", 1, leaf, old), older(secret("dev/my_ca", 2, young), 1, old)).State).To(Equal(cert.Current))
		})
	})

	It("has a bundle if a key contains several CAs and nothing else", func() {
		a, b, leaf := authority(1, "ca"), authority(2, "ca"), certificate(3, "leaf", 0)
		Expect(resolve(a, secret("x", 1, a, b)).Bundle).To(Equal([]cert.Summary{a.Summary(), b.Summary()}))
		Expect(resolve(a, secret("x", 1, leaf, a, b)).Bundle).To(BeEmpty(), "a chain is not a bundle")
		Expect(resolve(a, secret("x", 1, a)).Bundle).To(BeEmpty())
	})

	It("is unknown if no secret matches, and missing if the store was never searched", func() {
		c := certificate(1, "a", 0)
		Expect(resolve(c, secret("b", 1, certificate(2, "b", 0))).State).To(Equal(cert.Unknown))
		Expect((&reference.Knowledge{}).Resolve(deployed(c), "")).To(BeEmpty())
	})
})
