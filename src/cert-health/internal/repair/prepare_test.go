package repair_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/repair"
	"cert-health/internal/scenario"
)

const monit = "check process rep\n  with pidfile /var/vcap/sys/run/rep/rep.pid\n  start program \"x\"\n  depends on garden\n  group vcap\n\ncheck process garden\n  with pidfile /var/vcap/sys/run/garden/garden.pid\n"

func quoted(text string) string {
	encoded, _ := json.Marshal(text)
	return string(encoded)
}

var _ = Describe("Prepare", func() {
	var p pki
	BeforeEach(func() { p = newPKI("rep", nil) })

	It("plans each place of the certificate and of its key, in each form, and the restarts in their order", func() {
		v := newVM(map[string]scenario.Files{
			"rep": {"config/certs/tls.crt": p.old.CertPEM(), "config/certs/tls.key": p.old.KeyPEM(), "config/certs/ca.crt": p.ca.CertPEM(), "monit": monit,
				"config/rep.json": `{"server":{"cert":` + quoted(p.old.CertPEM()) + `,"key":` + quoted(p.old.KeyPEM()) + "}}\n"},
			"metron": {"config/metron.yml": "tls:\n  cert: |\n" + scenario.Indent(p.old.CertPEM(), "    ") + "  key: " + base64.StdEncoding.EncodeToString([]byte(p.old.KeyPEM())) + "\n", "monit": ""},
			"reader": {"config/c.yml": "cert: /var/vcap/jobs/rep/config/certs/tls.crt\nkey: /var/vcap/jobs/rep/config/certs/tls.key\n", "monit": "check process reader with pidfile /r.pid"},
		})
		r, err := v.prepare(by(p.old, p.issued))
		Expect(err).NotTo(HaveOccurred())
		defer r.Wipe()
		var out bytes.Buffer
		Expect(r.Plan(true).Write(&out, style())).To(Succeed())
		Expect(out.String()).To(And(
			ContainSubstring("Repair 1 certificate in 4 files of this VM"),
			ContainSubstring("write /var/vcap/jobs/metron/config/metron.yml"),
			ContainSubstring("line 3    certificate of rep (pem-yaml) until"), ContainSubstring("(pem-base64)"), ContainSubstring("(pem-json)"),
			ContainSubstring("the job metron has no process in monit"),
			ContainSubstring("the next deploy overwrites these files"),
		))
		var names []string
		for _, process := range r.Restarts {
			names = append(names, process.Name)
		}
		Expect(names).To(Equal([]string{"garden", "rep", "reader"}))
		for _, secret := range p.issued.Secrets() {
			Expect(out.String()).NotTo(ContainSubstring(base64.StdEncoding.EncodeToString(secret)[:20]))
			Expect(fmt.Sprintf("%+v %#v", r.Replacements, by(p.old, p.issued))).NotTo(ContainSubstring(fmt.Sprint(secret)))
		}
		Expect(out.String()).NotTo(ContainSubstring(strings.Split(p.issued.KeyPEM(), "\n")[1]))
	})

	It("leaves the key alone if the certificate was renewed with it", func() {
		p = newPKI("rep", nil)
		issued := scenario.Issue(scenario.Spec{CommonName: "rep", SANs: []string{"rep.service.cf.internal"}, Issuer: p.ca, SameKey: p.old})
		v := newVM(map[string]scenario.Files{"rep": {"tls.crt": p.old.CertPEM(), "tls.key": p.old.KeyPEM(), "ca.crt": p.ca.CertPEM()}})
		r, err := v.prepare(by(p.old, issued))
		Expect(err).NotTo(HaveOccurred())
		Expect(r.Files).To(HaveLen(1))
		Expect(r.Replacements[0].KeyStays).To(BeTrue())
	})

	It("replaces the key that a repair by hand forgot, if that is permitted", func() {
		v := newVM(map[string]scenario.Files{"rep": {"tls.crt": p.issued.CertPEM(), "tls.key": p.old.KeyPEM(), "ca.crt": p.ca.CertPEM()}})
		next := by(p.issued, scenario.Issue(scenario.Spec{CommonName: "rep", SANs: []string{"rep.service.cf.internal"}, Issuer: p.ca}))
		_, err := v.prepare(next)
		Expect(err).To(MatchError(ContainSubstring("use --replace-key")))
		next.ReplaceKey = true
		r, err := v.prepare(next)
		Expect(err).NotTo(HaveOccurred())
		Expect(r.Files).To(HaveLen(2))
	})

	It("gives no new key to a job that has a copy of the certificate beside a key of its own", func() {
		stranger := scenario.Issue(scenario.Spec{CommonName: "stranger"})
		v := newVM(map[string]scenario.Files{
			"rep":  {"tls.crt": p.old.CertPEM(), "tls.key": p.old.KeyPEM(), "ca.crt": p.ca.CertPEM()},
			"evil": {"tls.crt": p.old.CertPEM(), "tls.key": stranger.KeyPEM()},
		})
		target := by(p.old, p.issued)
		_, err := v.prepare(target)
		Expect(err).To(MatchError(ContainSubstring("evil tls.key:1 holds a private key that does not match rep")))
		target.Jobs = []string{"rep"}
		r, err := v.prepare(target)
		Expect(err).NotTo(HaveOccurred())
		Expect(r.Files).To(HaveEach(HaveField("Job", "rep")))
		Expect(r.Warnings).To(ContainElement(ContainSubstring("evil tls.crt:1, and stays as it is there")))
	})

	It("replaces the chain only if it does not lead to the CA any more", func() {
		intermediate := scenario.Issue(scenario.Spec{CommonName: "i", CA: true, Issuer: p.ca})
		renewed := scenario.Issue(scenario.Spec{CommonName: "i", CA: true, Issuer: p.ca})
		old := scenario.Issue(scenario.Spec{CommonName: "rep", Issuer: intermediate})
		same, other := scenario.Issue(scenario.Spec{CommonName: "rep", Issuer: intermediate}), scenario.Issue(scenario.Spec{CommonName: "rep", Issuer: renewed})
		v := newVM(map[string]scenario.Files{"rep": {"tls.pem": old.CertPEM() + intermediate.CertPEM() + old.KeyPEM(), "ca.crt": p.ca.CertPEM()}})
		store := v.store()

		_, err := v.prepare(by(old, other))
		Expect(err).To(MatchError(ContainSubstring("did not sign the new one")))
		r, err := v.prepare(by(old, same))
		Expect(err).NotTo(HaveOccurred())
		j, err := store.Apply(r, v.now)
		Expect(err).NotTo(HaveOccurred())
		Expect(v.contents("rep", "tls.pem")).To(Equal(same.CertPEM() + intermediate.CertPEM() + same.KeyPEM()))
		_, err = store.Undo(j)
		Expect(err).NotTo(HaveOccurred())

		r, err = v.prepare(by(old, other, renewed))
		Expect(err).NotTo(HaveOccurred())
		_, err = store.Apply(r, v.now)
		Expect(err).NotTo(HaveOccurred())
		Expect(v.contents("rep", "tls.pem")).To(Equal(other.CertPEM() + renewed.CertPEM() + other.KeyPEM()))
	})

	It("renews a CA in a bundle if it keeps its key, and refuses another key", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)})
		renewed := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, SameKey: ca})
		rotated := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		v := newVM(map[string]scenario.Files{"rep": {"ca.crt": p.ca.CertPEM() + ca.CertPEM()}})
		_, err := v.prepare(by(ca, rotated))
		Expect(err).To(MatchError(ContainSubstring("cert-health rotate")))
		r, err := v.prepare(by(ca, p.ca, renewed))
		Expect(err).NotTo(HaveOccurred())
		_, err = v.store().Apply(r, v.now)
		Expect(err).NotTo(HaveOccurred())
		Expect(v.contents("rep", "ca.crt")).To(Equal(p.ca.CertPEM() + renewed.CertPEM()))
	})

	DescribeTable("refuses a certificate that does not fit", func(change func(*scenario.Spec), words string) {
		p := newPKI("rep", change)
		v := newVM(map[string]scenario.Files{"rep": {"tls.crt": p.old.CertPEM(), "tls.key": p.old.KeyPEM(), "ca.crt": p.ca.CertPEM()}})
		before := v.everything()
		_, err := v.prepare(by(p.old, p.issued))
		Expect(err).To(MatchError(ContainSubstring(words)))
		Expect(err).To(BeAssignableToTypeOf(repair.Refusal{}))
		Expect(v.everything()).To(Equal(before))
	},
		Entry("expired", func(s *scenario.Spec) {
			s.NotBefore, s.NotAfter = time.Now().AddDate(-1, 0, 0), time.Now().Add(-time.Minute)
		}, "expired at"),
		Entry("not yet valid", func(s *scenario.Spec) { s.NotBefore = time.Now().Add(time.Hour) }, "is not valid before"),
		Entry("of another subject", func(s *scenario.Spec) { s.CommonName = "bbs" }, "the same certificate"),
		Entry("without a name", func(s *scenario.Spec) { s.SANs = []string{"other"} }, "is not valid for rep.service.cf.internal"),
		Entry("without a usage", func(s *scenario.Spec) { s.Server = true }, "extended key usages"),
		Entry("a CA", func(s *scenario.Spec) { s.CA = true }, "is a CA"),
		Entry("signed by another CA", func(s *scenario.Spec) { s.Issuer = scenario.Issue(scenario.Spec{CommonName: "ca of rep", CA: true}) }, "did not sign the new one"),
		Entry("signed by itself", func(s *scenario.Spec) { s.Issuer = nil }, "did not sign the new one"),
	)

	It("refuses an expired CA, and a form that cannot be written", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)})
		old, issued := scenario.Issue(scenario.Spec{CommonName: "a", Issuer: ca}), scenario.Issue(scenario.Spec{CommonName: "a", Issuer: ca})
		v := newVM(map[string]scenario.Files{"rep": {"tls.crt": old.CertPEM(), "tls.key": old.KeyPEM(), "ca.crt": ca.CertPEM()}})
		_, err := v.prepare(by(old, issued))
		Expect(err).To(MatchError(ContainSubstring("the CA ca expired")))

		v = newVM(map[string]scenario.Files{"rep": {"tls.crt": p.old.CertPEM(), "tls.key": p.old.KeyPEM(), "tls.der": string(p.old.X509.Raw), "ca.crt": p.ca.CertPEM()}})
		_, err = v.prepare(by(p.old, p.issued))
		Expect(err).To(MatchError(And(ContainSubstring("rep tls.der holds rep: its form cannot be written back exactly"), Not(ContainSubstring("\n")))))
	})

	It("refuses a job whose key is not found, unless it only knows the certificate", func() {
		v := newVM(map[string]scenario.Files{"rep": {"tls.crt": p.old.CertPEM(), "tls.key": p.old.Locked()[0].PEM, "ca.crt": p.ca.CertPEM()}})
		_, err := v.prepare(by(p.old, p.issued))
		Expect(err).To(MatchError(ContainSubstring("no file of the job rep holds the private key of rep")))
		target := by(p.old, p.issued)
		target.CertificateOnly = true
		r, err := v.prepare(target)
		Expect(err).NotTo(HaveOccurred())
		Expect(r.Files).To(HaveLen(1))
	})

	It("refuses a file with a second name, and a key of two certificates", func() {
		v := newVM(map[string]scenario.Files{"rep": {"tls.crt": p.old.CertPEM(), "tls.key": p.old.KeyPEM(), "ca.crt": p.ca.CertPEM()}})
		Expect(os.Link(v.real("rep", "tls.key"), v.real("rep", "other.key"))).To(Succeed())
		_, err := v.prepare(by(p.old, p.issued))
		Expect(err).To(MatchError(ContainSubstring("a hard link")))
	})

	It("warns of places outside of the jobs", func() {
		v := newVM(map[string]scenario.Files{"rep": {"tls.crt": p.old.CertPEM(), "tls.key": p.old.KeyPEM(), "ca.crt": p.ca.CertPEM()},
			"tokens": {"signing.key": p.old.KeyPEM()}})
		r, err := v.prepare(by(p.old, p.issued))
		Expect(err).NotTo(HaveOccurred())
		Expect(r.Warnings).To(ContainElement(ContainSubstring("tokens signing.key:1 holds the same private key without the certificate")))
	})
})
