package verdict_test

import (
	"net/netip"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/strict"
	"cert-health/internal/verdict"
)

var _ = Describe("a served certificate", func() {
	const file = "/var/vcap/jobs/rep/config/certs/server.crt"
	var (
		rep     = cert.Process{PID: 812, Name: "rep", Job: "rep", Started: now.Add(-48 * time.Hour)}
		address = netip.MustParseAddrPort("10.0.16.4:1801")
		old     = certificate(100*day, 20*day)
		fresh   = certificate(day, 300*day)
	)

	shown := func(c *cert.Certificate, by cert.Process) cert.Served {
		return cert.Served{Certificate: c, Address: address, Protocol: "tls", Process: by, SeenAt: now, Proven: true}
	}
	// before is that these files held a certificate before.
	before := func(deployed []cert.Deployed, c *cert.Certificate) (gone []cert.Departure) {
		for _, d := range deployed {
			for _, l := range d.Locations {
				gone = append(gone, cert.Departure{Fingerprint: c.Fingerprint, Job: l.Job})
			}
		}
		return gone
	}
	in := func(job string, c *cert.Certificate) cert.Deployed {
		return cert.Deployed{Certificate: c, Role: cert.Leaf, Locations: []cert.Location{{Job: job, File: file, Line: 1, Form: cert.PEM}}}
	}

	DescribeTable("is compared with the files of its job",
		func(what cert.Served, deployed []cert.Deployed, filed, newer *cert.Certificate) {
			state := verdict.NewDeployedIndex(deployed, cert.History{Departures: before(deployed, what.Certificate)}, nil).Compare(what)
			certificateOf := func(d *cert.Deployed) *cert.Certificate {
				if d == nil {
					return nil
				}
				return d.Certificate
			}
			Expect(certificateOf(state.Filed)).To(BeIdenticalTo(filed))
			Expect(certificateOf(state.Newer)).To(BeIdenticalTo(newer))
		},
		Entry("held by a file", shown(old, rep), []cert.Deployed{in("rep", old)}, old, nil),
		Entry("held by a file, beside a newer one in another file", shown(old, rep), []cert.Deployed{in("rep", fresh), in("rep", old)}, old, nil),
		Entry("older than the one in a file", shown(old, rep), []cert.Deployed{in("rep", fresh)}, nil, fresh),
		Entry("older than the newest of several", shown(old, rep),
			[]cert.Deployed{in("rep", certificate(2*day, 300*day)), in("rep", fresh), in("rep", certificate(3*day, 300*day))}, nil, fresh),
		Entry("older, if only the end is later", shown(certificate(day, 299*day), rep), []cert.Deployed{in("rep", fresh)}, nil, fresh),
		Entry("older, although another job still has it", shown(old, rep), []cert.Deployed{in("bbs", old), in("rep", fresh)}, nil, fresh),
		Entry("not older, if only another job has a newer one", shown(old, rep), []cert.Deployed{in("bbs", fresh)}, nil, nil),
		Entry("older, if its job is unknown", shown(old, cert.Process{}), []cert.Deployed{in("bbs", fresh)}, nil, fresh),
		Entry("older than the one in a file outside all jobs", shown(old, rep), []cert.Deployed{in("", fresh)}, nil, fresh),
		Entry("not older, if one of the VM's own certificates is newer", shown(old, rep), []cert.Deployed{{Certificate: fresh, Role: cert.Leaf,
			Locations: []cert.Location{{File: "/var/vcap/bosh/settings.json", Form: cert.PEMJSON, Class: cert.AgentFile}}}}, nil, nil),
		Entry("not older, if the file has an older one: it was put back", shown(fresh, rep), []cert.Deployed{in("rep", old)}, nil, nil),
		Entry("not older, if the certificate in the file has another subject", shown(old, rep),
			[]cert.Deployed{in("rep", certificate(day, 300*day, func(c *cert.Certificate) { c.Subject = "CN=y" }))}, nil, nil),
		Entry("without any files", shown(old, rep), nil, nil, nil),
	)

	Describe("that claims to be the previous certificate of a file", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		stranger := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		leaf := func(spec scenario.Spec, daysAgo int) *scenario.Pair {
			spec.CommonName, spec.SANs, spec.NotBefore = "rep", []string{"rep"}, time.Now().AddDate(0, 0, -daysAgo)
			return scenario.Issue(spec)
		}
		parsed := func(p *scenario.Pair) *cert.Certificate { return cert.New(p.X509) }
		authority := func(job string, p *scenario.Pair) cert.Deployed {
			d := in(job, parsed(p))
			d.Role = cert.CA
			return d
		}
		filed := in("rep", parsed(leaf(scenario.Spec{Issuer: ca}, 1)))

		DescribeTable("is believed only with evidence", func(claim func() cert.Served, deployed []cert.Deployed, known cert.History, believed bool) {
			state := verdict.NewDeployedIndex(append([]cert.Deployed{filed}, deployed...), known, nil).Compare(claim())
			Expect(state.Newer != nil).To(Equal(believed))
			Expect(state.Filed).To(BeNil())
		},
			Entry("signed by the CA of the file", func() cert.Served { return shown(parsed(leaf(scenario.Spec{Issuer: ca}, 9)), rep) },
				[]cert.Deployed{authority("rep", ca)}, cert.History{}, true),
			Entry("signed by that CA, which another job has", func() cert.Served { return shown(parsed(leaf(scenario.Spec{Issuer: ca}, 9)), rep) },
				[]cert.Deployed{authority("bbs", ca)}, cert.History{}, true),
			Entry("signed by that CA, which the process sends", func() cert.Served {
				s := shown(parsed(leaf(scenario.Spec{Issuer: ca}, 9)), rep)
				s.Issuers = []*cert.Certificate{parsed(ca)}
				return s
			}, nil, cert.History{}, true),
			Entry("signed by that CA, behind strangers of its name", func() cert.Served { return shown(parsed(leaf(scenario.Spec{Issuer: ca}, 9)), rep) },
				[]cert.Deployed{authority("aaa", stranger), authority("rep", ca)}, cert.History{}, true),
			Entry("signed by itself, with the same names", func() cert.Served { return shown(parsed(leaf(scenario.Spec{}, 9)), rep) },
				[]cert.Deployed{authority("rep", ca)}, cert.History{}, false),
			Entry("signed by a stranger with the CA's name, which another job has", func() cert.Served { return shown(parsed(leaf(scenario.Spec{Issuer: stranger}, 9)), rep) },
				[]cert.Deployed{authority("rep", ca), authority("aaa", stranger)}, cert.History{}, false),
			Entry("signed by a stranger that the process sends", func() cert.Served {
				s := shown(parsed(leaf(scenario.Spec{Issuer: stranger}, 9)), rep)
				s.Issuers = []*cert.Certificate{parsed(stranger)}
				return s
			}, []cert.Deployed{authority("rep", ca)}, cert.History{}, false),
		)

		It("is believed if a file of the same job held it before, and of no other", func() {
			claim := shown(parsed(leaf(scenario.Spec{}, 9)), rep)
			for job, believed := range map[string]bool{"rep": true, "bbs": false} {
				known := cert.History{Departures: []cert.Departure{{Fingerprint: claim.Certificate.Fingerprint, Job: job}}}
				Expect(verdict.NewDeployedIndex([]cert.Deployed{filed}, known, nil).Compare(claim).Newer != nil).To(Equal(believed), job)
			}
		})

		It("is believed if it has the key of the filed certificate", func() {
			same := leaf(scenario.Spec{Issuer: ca}, 9)
			again := leaf(scenario.Spec{SameKey: same}, 1)
			Expect(verdict.NewDeployedIndex([]cert.Deployed{in("rep", parsed(again))}, cert.History{}, nil).Compare(shown(parsed(same), rep)).Newer).NotTo(BeNil())
		})

		It("is nothing without the proof of its private key, not even when its file holds it", func() {
			for _, c := range []*cert.Certificate{filed.Certificate, parsed(leaf(scenario.Spec{Issuer: ca}, 9))} {
				claim := shown(c, rep)
				claim.Proven = false
				known := cert.History{Departures: []cert.Departure{{Fingerprint: c.Fingerprint, Job: "rep"}}}
				Expect(verdict.NewDeployedIndex([]cert.Deployed{filed, authority("rep", ca)}, known, nil).Compare(claim)).To(Equal(verdict.ServedState{Served: claim}))
			}
		})

		It("costs each job of processes its budget, and tells the excess", func() {
			meter := budget.New().With(budget.Claims, 40)
			index := verdict.NewDeployedIndex([]cert.Deployed{filed, authority("rep", ca)}, cert.History{}, meter)
			claim := func(issuer *scenario.Pair, by cert.Process) bool {
				return index.Compare(shown(parsed(leaf(scenario.Spec{Issuer: issuer}, 9)), by)).Newer != nil
			}
			for range 39 { // and one signature for the CA of the file
				Expect(claim(stranger, cert.Process{})).To(BeFalse())
			}
			Expect(meter.Exceeded()).To(BeEmpty())
			Expect(claim(ca, cert.Process{})).To(BeFalse())
			Expect(claim(ca, rep)).To(BeTrue())
			Expect(meter.Exceeded()).To(HaveExactElements(And(HaveField("Outside()", true), HaveField("Work", budget.Claims))))
		})

		It("pays for a CA what its key costs", func() {
			slow := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Key: scenario.P521})
			meter := budget.New()
			index := verdict.NewDeployedIndex([]cert.Deployed{in("rep", parsed(leaf(scenario.Spec{Issuer: slow}, 1))), authority("rep", slow)}, cert.History{}, meter)
			Expect(index.Compare(shown(parsed(leaf(scenario.Spec{Issuer: slow}, 9)), rep)).Newer).NotTo(BeNil())
			Expect(meter.Of("rep").Spent().Of(budget.Claims)).To(Equal(2 * parsed(slow).VerificationCost()))
		})

		It("is believed if its CA stands in the job beside many others of its name, or in another job", func() {
			for _, job := range []string{"rep", "bbs"} {
				deployed := []cert.Deployed{filed}
				for range 30 {
					deployed = append(deployed, authority(job, scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})))
				}
				index := verdict.NewDeployedIndex(append(deployed, authority(job, ca)), cert.History{}, budget.New())
				Expect(index.Compare(shown(parsed(leaf(scenario.Spec{Issuer: ca}, 9)), rep)).Newer).NotTo(BeNil(), job)
			}
		})
	})

	// judged are the findings of the first of the deployed certificates.
	judged := func(facts verdict.Facts, observed ...cert.Served) []told {
		GinkgoHelper()
		for _, s := range observed {
			index := verdict.NewDeployedIndex(facts.Deployed, cert.History{Arrivals: facts.Arrivals, Departures: before(facts.Deployed, s.Certificate)}, nil)
			facts.Served = append(facts.Served, index.Compare(s))
		}
		facts.Deployment, facts.Instance, facts.Now, facts.Source = "cf", "cell/0", now, vault
		return tell(verdict.Judge(facts, policy())[0].Findings)
	}

	It("is not a finding if a file holds it, or if no file does", func() {
		Expect(judged(verdict.Facts{Deployed: []cert.Deployed{in("rep", fresh)}}, shown(fresh, rep))).To(BeEmpty())
		Expect(judged(verdict.Facts{Deployed: []cert.Deployed{in("rep", fresh)}},
			shown(certificate(day, 30*day, func(c *cert.Certificate) { c.Subject = "CN=other" }), rep))).To(BeEmpty())
	})

	It("is a finding if the file holds a newer one", func() {
		facts := verdict.Facts{Deployed: []cert.Deployed{in("rep", fresh)},
			References: map[cert.Fingerprint]cert.Reference{
				fresh.Fingerprint: {State: cert.Current, Mount: "secret/", Path: "rep", DeployedVersion: 5, CurrentVersion: 5},
				old.Fingerprint:   {State: cert.Stale, Mount: "secret/", Path: "rep", DeployedVersion: 3, CurrentVersion: 5}}}
		Expect(judged(facts, shown(old, rep))).To(Equal([]told{{Code: verdict.NotLoaded, Severity: verdict.Error,
			Message: "rep (pid 812) still serves the previous certificate (version 3) at 10.0.16.4:1801; that one is valid until 2026-12-12 03:00 UTC",
			Why:     "the process was started 2 days ago (2026-11-20 03:00 UTC)",
			Next:    "monit restart rep"}}))
	})

	It("is critical if it has expired, even if another process serves a valid one", func() {
		expired := certificate(100*day, -5*time.Hour)
		elsewhere := shown(old, rep)
		elsewhere.Address = netip.MustParseAddrPort("10.0.16.4:1800")
		found := judged(verdict.Facts{Deployed: []cert.Deployed{in("rep", fresh)}}, elsewhere, shown(expired, rep))
		Expect(found).To(HaveExactElements(And(HaveField("Severity", verdict.Critical), HaveField("Message",
			HavePrefix("rep (pid 812) still serves the previous certificate at 10.0.16.4:1801 and at 1 more address; that one expired 5 hours ago (2026-11-21 22:00 UTC)")))))
	})

	It("is a finding only at the places of the process's job", func() {
		both := in("rep", fresh)
		both.Locations = append(both.Locations, cert.Location{Job: "bbs", File: "/var/vcap/jobs/bbs/x", Line: 1, Form: cert.PEM})
		Expect(judged(verdict.Facts{Deployed: []cert.Deployed{both}}, shown(old, rep))[0].Message).To(HaveSuffix("(at 1 of its 2 places)"))
	})

	It("says since when the file has held the newer one, if known", func() {
		facts := verdict.Facts{Deployed: []cert.Deployed{in("rep", fresh)},
			Arrivals: []cert.Arrival{{Fingerprint: fresh.Fingerprint, File: file, After: now.Add(-61 * time.Minute), By: now.Add(-time.Hour)}}}
		Expect(judged(facts, shown(old, rep))[0].Why).To(HaveSuffix(", and the file has held this certificate since 2026-11-22 02:00 UTC"))
	})

	It("is not a finding if the handshake was before the file changed", func() {
		facts := verdict.Facts{Deployed: []cert.Deployed{in("rep", fresh)},
			Arrivals: []cert.Arrival{{Fingerprint: fresh.Fingerprint, File: file, After: now, By: now.Add(time.Minute)}}}
		Expect(judged(facts, shown(old, rep))).To(BeEmpty())
	})

	It("stays a finding while the process does not answer, marked with the time at which it was seen", func() {
		silent := shown(old, rep)
		silent.SeenAt, silent.Failure, silent.Behind = now.Add(-time.Hour), "it did not answer in time", true
		facts := verdict.Facts{Deployed: []cert.Deployed{in("rep", fresh)},
			Arrivals: []cert.Arrival{{Fingerprint: fresh.Fingerprint, File: file, After: now.Add(-time.Minute), By: now}}}
		found := judged(facts, silent)
		Expect(found).To(HaveLen(1))
		Expect(found[0].Message).To(Equal("rep (pid 812) still serves the previous certificate at 10.0.16.4:1801 (last seen 2026-11-22 02:00 UTC); " +
			"that one is valid until 2026-12-12 03:00 UTC"))
		Expect(found[0].Why).To(HaveSuffix("; since the last answer, it did not answer in time"))
		silent.Process.Started, silent.Behind = time.Time{}, false
		Expect(judged(facts, silent)).To(BeEmpty(), "what it served then was in the file then")
		facts.Arrivals = nil
		Expect(judged(facts, silent)[0].Why).To(Equal("since then, it did not answer in time"))
	})

	It("has the step to deploy if Vault holds an even newer one", func() {
		facts := verdict.Facts{Deployed: []cert.Deployed{in("rep", fresh)},
			References: map[cert.Fingerprint]cert.Reference{fresh.Fingerprint: {State: cert.Stale, Mount: "secret/", Path: "rep", Current: held(time.Hour, 300*day), Since: now}}}
		Expect(judged(facts, shown(old, rep))).To(ContainElement(And(HaveField("Code", verdict.NotLoaded), HaveField("Next", "merge the manifest anew, then: bosh -d cf deploy MANIFEST"))))
	})

	DescribeTable("has the step to restart the process",
		func(p cert.Process, message, next string) {
			finding := judged(verdict.Facts{Deployed: []cert.Deployed{in("rep", fresh)}}, shown(old, p))[0]
			Expect(finding.Message).To(HavePrefix(message))
			Expect(finding.Next).To(Equal(next))
		},
		Entry("one of several processes of its job", cert.Process{PID: 7, Name: "nginx", Job: "rep", Monit: "nginx_cc"}, "nginx (pid 7) still", "monit restart nginx_cc"),
		Entry("a process without a job", cert.Process{PID: 7, Name: "haproxy"}, "haproxy (pid 7) still", "restart haproxy (pid 7)"),
		Entry("an unknown process", cert.Process{}, "an unknown process still",
			"ss -ltnp; if rep listens at 10.0.16.4:1801: monit restart rep"),
	)

	It("names monit's process for an unknown process, and none if several jobs have the certificate", func() {
		twice := in("rep", fresh)
		facts := verdict.Facts{Deployed: []cert.Deployed{twice}, Processes: []cert.Process{
			{PID: 1, Job: "rep", Monit: "rep_as_vcap"}, {PID: 2, Job: "rep"}, {PID: 3, Job: "bbs", Monit: "bbs"}}}
		Expect(judged(facts, shown(old, cert.Process{}))[0].Next).To(HaveSuffix(": monit restart rep_as_vcap"))
		facts.Processes = append(facts.Processes, cert.Process{PID: 4, Job: "rep", Monit: "rep_helper"})
		Expect(judged(facts, shown(old, cert.Process{}))[0].Next).To(HaveSuffix(": monit restart rep"))
		twice.Locations = append(twice.Locations, cert.Location{Job: "bbs", File: "/var/vcap/jobs/bbs/x", Line: 1, Form: cert.PEM})
		facts.Deployed = []cert.Deployed{twice}
		Expect(judged(facts, shown(old, cert.Process{}))[0].Next).To(Equal("ss -ltnp, then restart the process that listens at 10.0.16.4:1801"))
	})

	It("can be ignored, and its severity changed, like any other finding", func() {
		facts := verdict.Facts{Deployed: []cert.Deployed{in("rep", fresh)}, Now: now}
		facts.Served = []verdict.ServedState{verdict.NewDeployedIndex(facts.Deployed, cert.History{Departures: before(facts.Deployed, old)}, nil).Compare(shown(old, rep))}
		scope := verdict.Scope{Job: "rep", Codes: []verdict.Code{verdict.NotLoaded}}
		ignoring := policy(func(p *verdict.Policy) {
			p.Ignore = []verdict.Ignore{{Scope: scope, Reason: "r", Until: strict.Date{End: now.Add(day)}}}
		})
		Expect(verdict.Judge(facts, ignoring)[0]).To(And(HaveField("Findings", BeEmpty()), HaveField("Ignored", HaveLen(1))))
		weighing := policy(func(p *verdict.Policy) { p.Rules = []verdict.Rule{{Scope: scope, Severity: verdict.Warning}} })
		Expect(verdict.Judge(facts, weighing)[0].Findings[0].Severity).To(Equal(verdict.Warning))
	})

	Describe("that no process serves", func() {
		arrived := cert.Arrival{Fingerprint: fresh.Fingerprint, File: file, After: now.Add(-2 * time.Hour), By: now.Add(-119 * time.Minute)}
		suspect := func(processes []cert.Process, observed ...cert.Served) []told {
			GinkgoHelper()
			return judged(verdict.Facts{Deployed: []cert.Deployed{in("rep", fresh)}, Arrivals: []cert.Arrival{arrived}, Processes: processes}, observed...)
		}
		later := cert.Process{PID: 900, Name: "rep", Job: "rep", Started: now.Add(-time.Hour)}

		It("is a suspicion if the process was started before it arrived", func() {
			Expect(suspect([]cert.Process{later, rep}[1:])).To(Equal([]told{{Code: verdict.NotLoaded, Severity: verdict.Info,
				Message: "rep (pid 812) may still use the previous certificate",
				Why: "the process was started 2 days ago (2026-11-20 03:00 UTC), " +
					"the file has held this certificate since 2026-11-22 01:01 UTC, and what a client has loaded cannot be observed",
				Next: "if its log does not say that it has read the file since then: monit restart rep"}}))
		})

		It("is none if the process was started later, belongs to another job, or does not exist", func() {
			Expect(suspect([]cert.Process{later})).To(BeEmpty())
			Expect(suspect([]cert.Process{{PID: 1, Name: "bbs", Job: "bbs", Started: rep.Started}})).To(BeEmpty())
			Expect(suspect(nil)).To(BeEmpty())
			Expect(suspect([]cert.Process{{PID: 812, Name: "rep", Job: "rep"}})).To(BeEmpty(), "its start is unknown")
		})

		It("is none if the process may have been started while the file changed", func() {
			Expect(suspect([]cert.Process{{PID: 812, Name: "rep", Job: "rep", Started: arrived.After}})).To(BeEmpty())
		})

		It("is none if new workers were started since then, as when a server reads its files again", func() {
			Expect(suspect([]cert.Process{rep, later})).To(BeEmpty())
			helper := later
			helper.Name = "sleep"
			Expect(suspect([]cert.Process{rep, helper})).To(HaveLen(1), "a helper says nothing")
		})

		It("is none if a process of the job serves it", func() {
			Expect(suspect([]cert.Process{rep}, shown(fresh, rep))).To(BeEmpty())
			other := rep
			other.Job = "bbs"
			Expect(suspect([]cert.Process{rep}, shown(fresh, other))).To(HaveLen(1))
			Expect(suspect([]cert.Process{rep}, shown(fresh, cert.Process{}))).To(BeEmpty(), "it may belong to the job")
		})

		It("is none while a new handshake is due with the port that served the previous one", func() {
			before := shown(old, rep)
			before.SeenAt = arrived.After
			Expect(suspect([]cert.Process{rep}, before)).To(BeEmpty())
		})

		It("gives way to proof", func() {
			Expect(suspect([]cert.Process{rep}, shown(old, rep))).To(HaveExactElements(HaveField("Severity", verdict.Error)))
			twice := in("rep", fresh)
			twice.Locations = append([]cert.Location{{Job: "client", File: "/var/vcap/jobs/client/x", Line: 1, Form: cert.PEM}}, twice.Locations...)
			facts := verdict.Facts{Deployed: []cert.Deployed{twice}, Processes: []cert.Process{rep, {PID: 5, Name: "client", Job: "client", Started: rep.Started}},
				Arrivals: []cert.Arrival{arrived, {Fingerprint: fresh.Fingerprint, File: "/var/vcap/jobs/client/x", After: arrived.After, By: arrived.By}}}
			found := judged(facts, shown(old, rep))
			Expect(found).To(HaveExactElements(And(HaveField("Severity", verdict.Error), HaveField("Message", HavePrefix("rep (pid 812) still serves")))))
		})
	})
})

// showing is a server that shows a certificate of one of its job's files.
func showing(c *cert.Certificate) []verdict.ServedState {
	return []verdict.ServedState{{Served: cert.Served{Certificate: c, SeenAt: now, Proven: true}, Filed: &cert.Deployed{Certificate: c, Role: cert.Leaf}}}
}
