package verdict_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

var _ = Describe("the VM's own certificates", func() {
	own := func(c *cert.Certificate, role cert.Role, class cert.FileClass, file string) cert.Deployed {
		return cert.Deployed{Certificate: c, Role: role, Locations: []cert.Location{{File: file, Form: cert.PEM, Class: class}}}
	}
	weigh := func(deployed ...cert.Deployed) []verdict.Judgement {
		return verdict.Judge(verdict.Facts{Deployed: deployed, Deployment: "cf", Instance: "cell/0", Now: now}, policy())
	}
	first := func(deployed ...cert.Deployed) told {
		GinkgoHelper()
		judgement := weigh(deployed...)[0]
		Expect(judgement.Findings).To(HaveLen(1))
		return tell(judgement.Findings)[0]
	}
	client := func(c *cert.Certificate) { c.ExtKeyUsage = []string{"clientAuth"} }
	const settings, trusted = "/var/vcap/bosh/settings.json", "/usr/local/share/ca-certificates/bosh-trusted-cert-1.crt"

	It("say that the Director will lose the VM, and which step makes a new certificate", func() {
		Expect(first(own(certificate(365*day, -2*time.Hour, client), cert.Leaf, cert.AgentFile, settings))).To(Equal(told{
			Code: verdict.Expired, Severity: verdict.Critical,
			Message: "expired 2 hours ago (2026-11-22 01:00 UTC)",
			Why:     "the Director's NATS refuses bosh-agent at its next connection, and the Director then sees an unresponsive agent",
			Next:    "have the Director issue a new certificate: bosh -d cf recreate cell/0 --fix",
		}))
		soon := first(own(certificate(360*day, 5*day, client), cert.Leaf, cert.AgentFile, settings))
		Expect(soon.Severity).To(Equal(verdict.Error))
		Expect(soon.Next).To(Equal("have the Director issue a new certificate: bosh -d cf recreate cell/0"))
	})

	It("say what depends on the Director's CA", func() {
		f := first(own(certificate(365*day, -time.Hour, ca), cert.CA, cert.AgentFile, settings))
		Expect(f.Severity).To(Equal(verdict.Critical))
		Expect(f.Why).To(Equal("bosh-agent refuses the Director's NATS at its next connection, and the Director then sees an unresponsive agent"))
		Expect(f.Next).To(Equal("rotate the CA of the Director's NATS, then bosh -d cf recreate cell/0 --fix"))
	})

	It("say that bosh create-env refuses an agent that is a server", func() {
		f := first(own(certificate(365*day, -time.Hour), cert.Leaf, cert.AgentFile, settings))
		Expect(f.Why).To(Equal("bosh create-env refuses the bosh-agent of this VM"))
		Expect(f.Next).To(HaveSuffix("bosh create-env"))
	})

	It("are members of one trust store, which has one file for each", func() {
		old := own(certificate(365*day, -time.Hour, ca), cert.Trust, cert.TrustFile, trusted)
		Expect(first(old)).To(Equal(told{Code: verdict.Expired, Severity: verdict.Error,
			Message: "expired 60 minutes ago (2026-11-22 02:00 UTC)",
			Why:     "programs on this VM refuse every certificate that it signed",
			Next:    "replace it in the Director's trusted_certs, or remove it there, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"}))
		successor := own(certificate(day, 364*day, ca), cert.Trust, cert.TrustFile, "/usr/local/share/ca-certificates/bosh-trusted-cert-2.crt")
		Expect(first(old, successor).Severity).To(Equal(verdict.Warning))
		job := own(successor.Certificate, cert.CA, cert.JobFile, "/var/vcap/jobs/rep/ca.pem")
		Expect(first(old, job).Severity).To(Equal(verdict.Error), "a job's file does not belong to the trust store")
	})

	It("have the severity and the words of the gravest of their places", func() {
		d := own(certificate(365*day, -time.Hour, ca), cert.CA, cert.TrustFile, trusted)
		d.Locations = append(d.Locations, cert.Location{Job: "rep", File: "/x", Form: cert.PEM})
		f := first(d)
		Expect(f.Severity).To(Equal(verdict.Critical))
		Expect(f.Why).To(Equal("every certificate that it signed is refused"))
		Expect(f.Next).To(HavePrefix("renew it at its issuer"))
	})

	It("are not untrusted if the Director has a CA for each side", func() {
		client := scenario.Issue(scenario.Spec{CommonName: "agent", Client: true, Issuer: scenario.Issue(scenario.Spec{CommonName: "nats", CA: true})})
		other := scenario.Issue(scenario.Spec{CommonName: "nats", CA: true})
		judge := func(class cert.FileClass) []verdict.Finding {
			facts := verdict.Facts{Now: time.Now(), Deployed: []cert.Deployed{
				own(client.Noun(), cert.Leaf, class, settings), own(other.Noun(), cert.CA, class, settings)}}
			return verdict.Judge(facts, policy())[0].Findings
		}
		Expect(judge(cert.AgentFile)).To(BeEmpty())
		Expect(judge(cert.VMFile)).To(ConsistOf(HaveField("Code", verdict.Untrusted)))
	})

	It("are not compared, even if the same certificate is in the file of a job", func() {
		c := certificate(day, 364*day, ca)
		d := own(c, cert.CA, cert.TrustFile, trusted)
		facts := verdict.Facts{Now: now, References: map[cert.Fingerprint]cert.Reference{
			c.Fingerprint: {State: cert.Stale, Mount: "secret/", Path: "x", Since: now.Add(-9 * day), Current: held(day, 365*day)}}}
		facts.Deployed = []cert.Deployed{d}
		Expect(verdict.Judge(facts, policy())[0].Findings).To(BeEmpty())
		d.Locations = append(d.Locations, cert.Location{Job: "rep", File: "/x", Form: cert.PEM})
		facts.Deployed = []cert.Deployed{d}
		stale := verdict.Judge(facts, policy())[0].Findings
		Expect(stale).To(HaveLen(1))
		Expect(stale[0].Message).To(HaveSuffix("(at 1 of its 2 places)"))

		old := certificate(365*day, -day, ca)
		d.Certificate, d.Role = old, cert.Trust
		facts.Deployed, facts.References[old.Fingerprint] = []cert.Deployed{d}, facts.References[c.Fingerprint]
		Expect(verdict.Judge(facts, policy())[0].Findings[0].Steps[0].Do).To(HavePrefix("replace it in the Director's trusted_certs"))
	})

	It("without a known purpose are renewed at their issuer", func() {
		f := first(own(certificate(365*day, -time.Hour), cert.Leaf, cert.VMFile, "/etc/ssl/x.pem"))
		Expect(f.Why).To(Equal("clients refuse to connect to the server that uses it"))
		Expect(f.Next).To(Equal("renew /etc/ssl/x.pem at its issuer (CN=ca)"))
	})
})

var _ = Describe("JudgeInstanceIdentities", func() {
	const directory = "/var/vcap/data/rep/shared/garden/instance_identity"
	life := func(left time.Duration) cert.Validity {
		return cert.Validity{NotBefore: now.Add(left - day), NotAfter: now.Add(left)}
	}
	weighAt := func(directory string, lives ...cert.Validity) []verdict.Problem {
		return verdict.JudgeInstanceIdentities([]cert.InstanceIdentities{{Directory: directory, Validities: lives}},
			verdict.Facts{Deployment: "cf", Instance: "cell/0", Now: now})
	}

	weigh := func(lives ...cert.Validity) []verdict.Problem { return weighAt(directory, lives...) }

	It("has no problem before they expire", func() {
		Expect(weigh(life(time.Second), life(23*time.Hour))).To(BeEmpty())
	})

	It("says in one problem how many were not renewed", func() {
		Expect(weigh(life(-time.Hour), life(time.Hour), life(-3*time.Hour))).To(Equal([]verdict.Problem{{
			Code: verdict.Expired, Severity: verdict.Error, About: "instance identities of containers", File: directory + "/",
			Message: "2 of 3 have expired, the first 3 hours ago (2026-11-22 00:00 UTC)",
			Why:     "the rep does not renew them, and gorouter and others refuse them",
			Steps: []verdict.Step{verdict.Run("monit", "summary"), verdict.Do("if the rep runs, find out in /var/vcap/sys/log/rep why it does not renew them"),
				verdict.Do("to make new containers:"), {Run: []string{"bosh", "-d", "cf", "restart", "cell/0"}, Stage: verdict.Restarting}},
		}}))
	})

	It("does not know what renews those in other directories", func() {
		problems := weighAt("/var/vcap/data/mesh", life(-time.Hour))
		Expect(problems).To(HaveLen(1))
		Expect(problems[0].About).To(Equal("short-lived certificates"))
		Expect(problems[0].Steps).To(Equal([]verdict.Step{verdict.Do("find out why they are not renewed")}))
	})
})
