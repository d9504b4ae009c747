package explain_test

import (
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/explain"
	"cert-health/internal/knowledge"
	"cert-health/internal/survey"
)

const expired = "x509: certificate has expired or is not yet valid: current time 2019-07-12T22:26:01Z is after 2019-07-12T22:25:49Z"

var _ = Describe("an explanation", func() {
	known, err := knowledge.LoadSymptoms("")
	words := explain.NewVocabulary(known)
	BeforeEach(func() { Expect(err).NotTo(HaveOccurred()) })

	// answer explains logs by their names.
	answer := func(s *survey.Survey, logs ...string) *explain.Answer {
		GinkgoHelper()
		r := explain.NewReader(words, 2)
		for i := 0; i < len(logs); i += 2 {
			Expect(r.Read(GinkgoT().Context(), logs[i], strings.NewReader(logs[i+1]))).To(Succeed())
		}
		return explain.Explain(r.Sightings(), known, s, night)
	}
	steps := func(c *explain.Case) (text []string) {
		for _, s := range c.Steps {
			text = append(text, s.String())
		}
		return text
	}
	const bbsLog, repLog = "/var/vcap/sys/log/bbs/bbs.stdout.log", "/var/vcap/sys/log/rep/rep.stdout.log"

	It("names the certificate by its end, where it is, what the store holds and what to do", func() {
		p := newPlatform(97)
		p.Secret(survey.Secret{Store: "Vault", Path: "secret/cell/rep/tls/cert", Key: "certificate", Version: 2, Since: night.Add(-2 * time.Hour), Certificates: []*survey.Certificate{p.renewed}, NotAfter: p.renewed.NotAfter})
		var lines strings.Builder
		for n := range 412 {
			fmt.Fprintf(&lines, "2019/07/12 22:26:%02d http: TLS handshake error from 10.0.1.%d:41234: tls: failed to verify certificate: %s\n", n%60, n%97, expired)
		}
		a := answer(p.Build(night), bbsLog, lines.String())
		Expect(a.Cases).To(HaveLen(1))
		c := a.Cases[0]
		Expect(c.Sentence).To(Equal("bbs refused rep: the client certificate that rep shows has expired."))
		Expect(c.Lines).To(Equal(412))
		Expect(c.First).To(BeTemporally("==", time.Date(2019, 7, 12, 22, 26, 0, 0, time.UTC)))
		s := c.Suspects[0]
		Expect(s).To(HaveValue(And(HaveField("Fingerprint", "rep1"), HaveField("Variable", "diego_rep_agent_v2"), HaveField("Proven", true), HaveField("Outdated", true))))
		Expect(s.Where).To(HaveExactElements(explain.Where{Deployment: "cf", Group: "diego-cell", Instances: 97, Files: []string{"/var/vcap/jobs/rep/config/certs/tls.crt"}}))
		Expect(s.Store).To(HaveExactElements(And(HaveField("Path", "secret/cell/rep/tls/cert"), HaveField("Version", 2), HaveField("Same", false))))
		Expect(steps(c)).To(HaveExactElements("merge the manifest anew, then:", "bosh -d cf deploy MANIFEST", ContainSubstring("--skip-drain=diego-cell")))
	})

	It("puts what both sides say, and what people see, into one case", func() {
		p := newPlatform(2)
		a := answer(p.Build(night),
			bbsLog, "http: TLS handshake error from 10.0.1.1:41234: tls: failed to verify certificate: "+expired+"\n",
			repLog, `{"timestamp":"1562970361.1","source":"rep","message":"rep.x","data":{"error":"Post \"https://bbs.service.cf.internal:8889/v1\": remote error: tls: expired certificate"}}`+"\n",
			"push.txt", "[CELL/0] ERR Downloading droplet failed\n")
		Expect(a.Cases).To(HaveLen(1))
		Expect(a.Cases[0].Lines).To(Equal(2))
		Expect(a.Cases[0].Sentence).To(Equal("bbs refused rep: the client certificate that rep shows has expired."))
		Expect(a.Cases[0].Effects).To(HaveExactElements(HaveField("Words", "Downloading droplet failed")))
		Expect(steps(a.Cases[0])[0]).To(HavePrefix("renew it at its issuer"))
	})

	DescribeTable("gives the command that renews it in its store", func(store, key, step string) {
		p := newPlatform(2)
		p.Secret(survey.Secret{Store: store, Path: "/cf/rep", Key: key, Certificates: []*survey.Certificate{p.rep}, NotAfter: p.rep.NotAfter})
		a := answer(p.Build(night), bbsLog, "http: TLS handshake error from 10.0.1.1:41234: tls: failed to verify certificate: "+expired+"\n")
		Expect(steps(a.Cases[0])).To(HaveExactElements(step, "merge the manifest anew, then:", "bosh -d cf deploy MANIFEST", ContainSubstring("--skip-drain=diego-cell")))
	},
		Entry(nil, "Vault", "certificate", "cert-health x509 renew /cf/rep"),
		Entry(nil, "Vault", "pem", "renew it in Vault: /cf/rep"),
		Entry(nil, "CredHub", "", "cert-health x509 renew --source credhub /cf/rep"),
		Entry(nil, "Ops Manager", "", "renew it in Ops Manager: /cf/rep"),
	)

	It("renews a CA with its key, and deploys it where it is", func() {
		p := newPlatform(1)
		p.rep.NotAfter, p.ca.NotAfter = ended.AddDate(1, 0, 0), ended
		p.Secret(survey.Secret{Store: "Vault", Path: "secret/cf/ca", Key: "certificate", Certificates: []*survey.Certificate{p.ca}, NotAfter: p.ca.NotAfter})
		a := answer(p.Build(night), repLog, `Post "https://bbs.service.cf.internal:8889/v1": `+expired+"\n")
		Expect(steps(a.Cases[0])[0]).To(Equal("cert-health x509 renew secret/cf/ca"))
	})

	It("leads from what people see to the certificates that can cause it, those with a fault now first", func() {
		p := newPlatform(1)
		a := answer(p.Build(night), "", "Downloading droplet failed\n")
		Expect(a.Cases).To(HaveLen(1))
		Expect(a.Cases[0].Suspects).To(HaveExactElements(HaveValue(HaveField("Fingerprint", "rep1"))))
		Expect(a.Cases[0].Suspects[0].Because).NotTo(BeEmpty())
	})

	It("names the CA if that has ended and not the leaf", func() {
		p := newPlatform(1)
		p.rep.NotAfter, p.ca.NotAfter = ended.AddDate(1, 0, 0), ended
		a := answer(p.Build(night), repLog, `Post "https://bbs.service.cf.internal:8889/v1": `+expired+"\n")
		Expect(a.Cases).To(HaveLen(1))
		Expect(a.Cases[0].Suspects).To(HaveExactElements(HaveValue(HaveField("Fingerprint", "ca"))))
		Expect(a.Cases[0].Sentence).To(Equal("rep refused bbs: the CA diegoCA of the server certificate that bbs shows has expired."))
	})

	It("names the side that lacks a CA in a half-finished rotation", func() {
		p := newPlatform(1)
		other := p.Certificate(survey.Certificate{Fingerprint: "ca2", Name: "newCA", Subject: "CN=newCA", Issuer: "CN=newCA", CA: true, NotAfter: ended.AddDate(9, 0, 0)})
		p.bbs.Issuer = other.Subject
		a := answer(p.Build(night), repLog, `Post "https://bbs.service.cf.internal:8889/v1": x509: certificate signed by unknown authority`+"\n")
		Expect(a.Cases).To(HaveLen(1))
		Expect(a.Cases[0].Suspects[0]).To(HaveValue(And(HaveField("Fingerprint", "bbs1"), HaveField("Proven", true))))
		Expect(steps(a.Cases[0])).To(ContainElement(ContainSubstring("rep of diego-cell does not have the CA")))
	})

	It("finds a certificate that a process serves although its files have another one", func() {
		p := newPlatform(0)
		p.Instance(survey.Instance{Deployment: "cf", Group: "diego-cell", ID: "9", Standing: survey.Reporting, Address: "10.0.1.9",
			Places: []survey.Place{place("rep", "config/certs/tls.crt", cert.Leaf, p.renewed)},
			Shown:  []survey.Shown{{Job: "rep", Address: "0.0.0.0:1801", Certificate: p.rep}}})
		a := answer(p.Build(night), "/var/vcap/sys/log/auctioneer/auctioneer.stdout.log", `Get "https://10.0.1.9:1801/state": `+expired+"\n")
		Expect(a.Cases[0].Suspects[0]).To(HaveValue(And(HaveField("Fingerprint", "rep1"), HaveField("InMemory", 1))))
		Expect(steps(a.Cases[0])).To(HaveExactElements(ContainSubstring("restart")))
	})

	It("says which kind of certificate it is if no certificate is known", func() {
		a := answer(nil, repLog, `Post "https://10.0.2.1:8889/v1": remote error: tls: expired certificate`+"\n")
		Expect(a.Cases).To(HaveLen(1))
		Expect(a.Cases[0].Sentence).To(Equal("bbs refused rep: the client certificate that rep shows has expired."))
		Expect(a.Cases[0].Kinds).To(HaveExactElements(And(HaveField("Name", "diego_rep_agent_v2"), HaveField("Files", ContainElement("rep/config/certs/tls.crt")))))
	})

	It("does not name a certificate with another end", func() {
		a := answer(newPlatform(1).Build(night), bbsLog, strings.ReplaceAll(expired, "22:25:49", "21:00:00")+"\n")
		Expect(a.Cases[0].Suspects).To(BeEmpty())
		Expect(a.Cases[0].End).To(BeTemporally("==", ended.Add(-time.Hour-25*time.Minute-49*time.Second)))
	})

	It("reads the several lines of a stack trace as one case", func() {
		a := answer(nil, "/var/vcap/sys/log/uaa/uaa.log", "javax.net.ssl.SSLHandshakeException: PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed\n"+
			"\tat sun.security.ssl.Alert.createSSLException(Alert.java:131)\n"+
			"Caused by: java.security.cert.CertificateExpiredException: NotAfter: Fri Jul 12 22:25:49 UTC 2019\n")
		Expect(a.Cases).To(HaveLen(1))
		Expect(a.Cases[0].Lines).To(Equal(2))
		Expect(a.Cases[0].End).To(BeTemporally("==", ended))
	})

	It("blames no certificate if one side speaks no TLS", func() {
		a := answer(newPlatform(1).Build(night), bbsLog, "http: TLS handshake error from 10.0.1.0:4: tls: first record does not look like a TLS handshake\n")
		Expect(a.Cases[0].Suspects).To(BeEmpty())
		Expect(a.Cases[0].Sentence).To(ContainSubstring("no certificate is at fault"))
	})
})
