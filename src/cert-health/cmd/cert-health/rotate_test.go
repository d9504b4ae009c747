//go:build !vm

package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/rotation"
	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
)

var _ = Describe("rotate in Vault", Ordered, ContinueOnFailure, func() {
	var vault *vaulttest.Server
	BeforeAll(func() { vault = vaulttest.Start(scenario.DevVaultOptions{}) })

	newCA := func(name string) *scenario.Pair {
		return scenario.Issue(scenario.Spec{CommonName: name, CA: true, NotBefore: time.Now().AddDate(0, 0, -100), NotAfter: time.Now().AddDate(1, 0, 0)})
	}
	names := []string{"bbs", "cell"}

	// walk takes steps and deploys one VM after the other, until the phase is normal. No connection may fail at any
	// moment. It returns the phases.
	walk := func(p *platform, verb string) (phases []rotation.Phase) {
		GinkgoHelper()
		turn := 0
		for range 40 {
			var back []string
			if verb == "abort" {
				back = []string{"--back"}
			}
			s := p.status(back...)
			if len(phases) == 0 || phases[len(phases)-1] != s.Phase {
				phases = append(phases, s.Phase)
			}
			switch {
			case s.Phase == rotation.Normal:
				return phases
			case s.Offered:
				o := p.rotate(verb, "--yes")
				Expect(o.code).To(Equal(exitOK), o.out+o.err)
			default:
				Expect(s.Deploy).To(Equal([]string{"cf"}), s.Next)
				p.deploy(names[turn%len(names)])
				turn++
			}
			Expect(p.refused()).To(BeEmpty(), string(s.Phase))
		}
		Fail("the rotation does not end: " + fmt.Sprint(phases))
		return nil
	}
	right := []rotation.Phase{rotation.Distributing, rotation.Ready, rotation.Renewing, rotation.Retiring, rotation.Normal}

	for _, kv := range []int{1, 2} {
		for _, successor := range []string{"", "CN=cf_ca_2026"} {
			It(fmt.Sprintf("goes from the first step to the last without a lost connection (KV version %d, new subject %q)", kv, successor), func() {
				p := newPlatform(vault, kv, newCA("cf_ca"), names...)
				Expect(p.status().Phase).To(Equal(rotation.Normal))
				var begin []string
				if successor != "" {
					begin = []string{"--subject", successor}
				}
				old := p.get("cf/ca")["certificate"].(string)
				o := p.rotate("next", append(begin, "--yes")...)
				Expect(o.code).To(Equal(exitOK), o.out+o.err)
				Expect(walk(p, "next")).To(Equal(right))
				Expect(p.get("cf/ca")["certificate"]).NotTo(ContainSubstring(old))
				Expect(strings.Count(p.get("cf/ca")["certificate"].(string), "BEGIN CERTIFICATE")).To(Equal(1))
				Expect(p.get("cf/ca-next")).To(BeNil())
				Expect(p.get("cf/ca-previous")["certificate"]).To(Equal(old))
				for path := range maps.Values(map[string]string{"a": "cf/ca", "b": "cf/ca-previous"}) {
					Expect(p.get(path)).To(And(HaveKey("key"), HaveKey("serial"), HaveKey("crl"), HaveKey("combined")), path)
				}
			})
		}
	}

	It("keeps the layout of safe at every moment: the first certificate and the key belong together", func() {
		p := newPlatform(vault, 2, newCA("cf_ca"), names...)
		pair := func() {
			GinkgoHelper()
			for _, path := range []string{"cf/ca", "cf/ca-next", "cf/ca-previous"} {
				if secret := p.get(path); secret != nil {
					Expect(matches(secret["certificate"].(string), secret["key"].(string))).To(Succeed(), path)
				}
			}
		}
		Expect(p.rotate("next", "--yes").code).To(Equal(exitOK))
		for range 30 {
			pair()
			s := p.status()
			if s.Phase == rotation.Normal {
				return
			}
			if !s.Offered {
				p.deploy(names...)
				continue
			}
			Expect(p.rotate("next", "--yes").code).To(Equal(exitOK))
		}
		Fail("the rotation does not end")
	})

	It("goes back from every step, without a lost connection", func() {
		for steps := 1; steps <= 8; steps++ {
			p := newPlatform(vault, 2, newCA("cf_ca"), names...)
			before := p.get("cf/ca")["certificate"].(string)
			Expect(p.rotate("next", "--yes").code).To(Equal(exitOK))
			for range steps {
				if s := p.status(); s.Offered {
					Expect(p.rotate("next", "--yes").code).To(Equal(exitOK))
				} else if s.Phase != rotation.Normal {
					p.deploy(names...)
				}
			}
			if p.status().Phase == rotation.Normal {
				Expect(p.rotate("abort", "--yes").err).To(ContainSubstring("there is nothing to go back to"))
				return
			}
			phases := walk(p, "abort")
			Expect(phases[len(phases)-1]).To(Equal(rotation.Normal))
			Expect(p.get("cf/ca")["certificate"]).To(Equal(before), "after %d steps: %v", steps, phases)
			Expect(p.get("cf/ca-next")).To(BeNil())
			Expect(p.status().Phase).To(Equal(rotation.Normal))
		}
	})

	Describe("the wrong orders", func() {
		begun := func() *platform {
			GinkgoHelper()
			p := newPlatform(vault, 2, newCA("cf_ca"), names...)
			Expect(p.rotate("next", "--yes").code).To(Equal(exitOK))
			return p
		}
		refuses := func(p *platform, words string) {
			GinkgoHelper()
			o := p.rotate("next", "--yes")
			Expect(o.code).To(Equal(exitFindings), o.out+o.err)
			Expect(strings.Join(strings.Fields(o.out), " ")).To(ContainSubstring(words))
		}

		It("leaves renewed before their CA is deployed: next refuses, and abort mends it", func() {
			p := begun()
			young := p.get("cf/ca-next")
			Expect(call(p.env, "x509", "renew", p.engine+"/cf/cell", "--signed-by", p.ca+"-next", "--yes").code).To(Equal(exitOK))
			Expect(young).To(HaveKey("key"))
			s := p.status()
			Expect(s.Phase).To(Equal(rotation.Blocked))
			refuses(p, "the store holds certificates that the new CA signed")
			Expect(walk(p, "abort")).To(ContainElement(rotation.Normal))
		})

		It("the old CA removed while its leaves are there: next puts it back", func() {
			p := begun()
			p.deploy(names...)
			Expect(p.rotate("next", "--yes").code).To(Equal(exitOK)) // the new one signs
			alone := p.get("cf/ca")
			first, _, _ := strings.Cut(alone["certificate"].(string), "-----END CERTIFICATE-----\n")
			alone["certificate"] = first + "-----END CERTIFICATE-----\n"
			p.put("cf/ca", alone)
			s := p.status()
			Expect(s.Current).To(Equal(rotation.Add))
			Expect(p.rotate("next", "--yes").code).To(Equal(exitOK))
			Expect(walk(p, "next")).To(ContainElement(rotation.Normal))
		})

		It("the CA replaced and not added: next hands out the old one again", func() {
			p := newPlatform(vault, 2, newCA("cf_ca"), names...)
			p.put("cf/ca", newCA("cf_ca").Safe())
			s := p.status()
			Expect(s.Current).To(Equal(rotation.Add), s.Next)
			Expect(p.rotate("next", "--yes").code).To(Equal(exitOK))
			Expect(walk(p, "next")).To(ContainElement(rotation.Normal))
		})

		It("CA and leaves replaced at once: next refuses, and abort takes the safe way", func() {
			p := newPlatform(vault, 2, newCA("cf_ca"), names...)
			young := newCA("cf_ca")
			old := p.get("cf/ca")
			p.put("cf/ca-previous", old)
			p.put("cf/ca", young.Safe())
			for _, name := range names {
				p.put("cf/"+name, leafOf(young, name).Safe())
			}
			refuses(p, "the store holds certificates that the new CA signed")
			Expect(walk(p, "abort")).To(ContainElement(rotation.Normal))
			Expect(p.get("cf/ca")["certificate"]).To(Equal(old["certificate"]))
		})
	})

	It("needs no new leaves if the CA was renewed with its key", func() {
		old := newCA("cf_ca")
		p := newPlatform(vault, 2, old, names...)
		p.put("cf/ca", scenario.Issue(scenario.Spec{CommonName: "cf_ca", CA: true, SameKey: old}).Safe())
		Expect(walk(p, "next")).To(Equal([]rotation.Phase{rotation.Retiring, rotation.Normal}))
	})

	It("waits for a VM that does not report, unless it is accepted", func() {
		p := newPlatform(vault, 2, newCA("cf_ca"), "bbs", "cell", "far")
		Expect(p.rotate("next", "--yes").code).To(Equal(exitOK))
		p.deploy("bbs", "cell")
		o := p.rotate("next", "--yes")
		Expect(o.code).To(Equal(exitFindings))
		Expect(o.out).To(ContainSubstring("waits for cf far/0"))
		Expect(o.out).NotTo(ContainSubstring("waits for cf bbs/0"))
		later := time.Now().Add(40 * time.Hour).Format(time.RFC3339)
		s := p.status("--now", later)
		Expect(s.Phase).To(Equal(rotation.Blocked))
		Expect(s.Waiting()).To(HaveLen(3))
		Expect(p.rotate("next", "--accept", "far/1").err).To(ContainSubstring(`--accept "far/1" names an instance that is not known`))
		o = p.rotate("next", "--yes", "--accept", "far/0")
		Expect(o.code).To(Equal(exitOK), o.out+o.err)
	})

	It("takes no step without VMs, unless none uses the CA", func() {
		p := newPlatform(vault, 2, newCA("cf_ca"), names...)
		bare := func(verb string, args ...string) outcome {
			return call(p.env, append([]string{"rotate", verb, p.ca}, args...)...)
		}
		Expect(bare("next", "--yes").code).To(Equal(exitOK))
		o := bare("next", "--yes")
		Expect(o.code).To(Equal(exitFindings))
		Expect(o.out).To(ContainSubstring("every VM: no report of a VM is known"))
		Expect(bare("next", "--yes", "--without-vms").code).To(Equal(exitOK))
	})

	It("shows the plan, and asks before it changes anything", func() {
		p := newPlatform(vault, 2, newCA("cf_ca"), names...)
		before := p.get("cf/ca")
		o := p.rotate("next")
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(ContainSubstring("run the command again with --yes"))
		Expect(o.out).To(HavePrefix("Begin the rotation of cf_ca"))
		Expect(p.rotate("next", "--dry-run").code).To(Equal(exitOK))
		Expect(p.get("cf/ca")).To(Equal(before))
		Expect(p.get("cf/ca-next")).To(BeNil())
		for _, secret := range []string{before["key"].(string), "PRIVATE KEY"} {
			Expect(o.out + o.err).NotTo(ContainSubstring(secret))
		}
	})

	It("replaces a CA below another one by a certificate that is in place, and keeps what stands above it", func() {
		root := newCA("root")
		below := scenario.Issue(scenario.Spec{CommonName: "cf_ca", CA: true, Issuer: root})
		p := newPlatform(vault, 2, below, names...)
		own := below.Safe()
		own["certificate"] = below.CertPEM() + root.CertPEM()
		p.put("cf/ca", own)
		p.put("root/ca", root.Safe())
		p.deploy(names...)
		o := p.rotate("next", "--yes")
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(ContainSubstring("cert-health x509 issue --ca"))
		o = call(p.env, "x509", "issue", p.ca+"-next", "--ca", "--signed-by", p.engine+"/root/ca", "--name", "cf_ca", "--yes")
		Expect(o.code).To(Equal(exitOK), o.err)
		Expect(walk(p, "next")).To(Equal(right))
		end := p.get("cf/ca")["certificate"].(string)
		Expect(end).To(HaveSuffix(root.CertPEM()))
		Expect(strings.Count(end, "BEGIN CERTIFICATE")).To(Equal(2))
		Expect(end).NotTo(ContainSubstring(below.CertPEM()))
	})

	It("goes on where a step was stopped", func() {
		p := newPlatform(vault, 2, newCA("cf_ca"), names...)
		Expect(p.rotate("next", "--yes").code).To(Equal(exitOK))
		// The first write of the first step is done, and the second one is not.
		p.put("cf/ca", func() map[string]any {
			own := p.get("cf/ca")
			first, _, _ := strings.Cut(own["certificate"].(string), "-----END CERTIFICATE-----\n")
			own["certificate"] = first + "-----END CERTIFICATE-----\n"
			return own
		}())
		Expect(p.status().Current).To(Equal(rotation.Add))
		Expect(p.rotate("next", "--yes").code).To(Equal(exitOK))
		p.deploy(names...)
		// The switch was stopped after its first write.
		p.put("cf/ca-previous", p.get("cf/ca"))
		Expect(p.status().Phase).To(Equal(rotation.Ready))
		next := p.get("cf/ca-next")
		Expect(p.rotate("next", "--yes").code).To(Equal(exitOK))
		// And another one before its last write.
		p.put("cf/ca-next", next)
		Expect(walk(p, "next")).To(Equal([]rotation.Phase{rotation.Renewing, rotation.Retiring, rotation.Normal}))
		Expect(p.get("cf/ca-next")).To(BeNil())
	})

	It("refuses what is not a CA, and says what is wrong", func() {
		p := newPlatform(vault, 2, newCA("cf_ca"), names...)
		p.ca = p.engine + "/cf/cell"
		Expect(p.rotate("status").err).To(ContainSubstring("its certificate is not a CA"))
		p.ca = p.engine + "/cf/no"
		Expect(p.rotate("status").err).To(ContainSubstring("does not exist"))
		Expect(p.rotate("status", "--source", "valt").err).To(ContainSubstring(`did you mean "vault"`))
		Expect(call(map[string]string{"HOME": GinkgoT().TempDir()}, "rotate", "next", "secret/ca", "--report", p.store).err).To(ContainSubstring("no CA secret/ca is known"))
		Expect(slices.Sorted(maps.Keys(p.vms))).To(Equal(names))
	})
})
