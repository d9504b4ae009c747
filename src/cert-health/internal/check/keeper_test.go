package check_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"software.sslmate.com/src/go-pkcs12"

	"cert-health/internal/alert"
	"cert-health/internal/cert"
	"cert-health/internal/check"
	"cert-health/internal/config"
	"cert-health/internal/discover"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

var _ = Describe("Keeper", func() {
	var (
		root    string
		checker *check.Checker
		keeper  *check.Keeper
		now     time.Time
		lapsed  *scenario.Pair
		well    *scenario.Pair
	)

	deploy := func(jobs map[string]scenario.Files) {
		GinkgoHelper()
		Expect(scenario.VM{Deployment: "cf", Group: "cell", ID: "0", Jobs: jobs}.Write(root)).To(Succeed())
	}
	// judged is the report after one more scan, which takes place a minute later.
	judged := func() *report.Report {
		GinkgoHelper()
		inventory, err := checker.Scanner().Scan(context.Background())
		Expect(err).NotTo(HaveOccurred())
		now = now.Add(time.Minute)
		keeper.Complete(inventory, now)
		return checker.Report(context.Background(), check.Results{Inventory: inventory, Comparison: check.NotCompared()})
	}
	codes := func(r *report.Report) []string {
		var list []string
		for _, item := range r.FindingItems() {
			list = append(list, string(item.Finding.Code)+" "+item.Certificate.Name)
		}
		for _, p := range r.Problems {
			list = append(list, string(p.Code)+" "+p.Place())
		}
		slices.Sort(list)
		return list
	}
	jobLink := func(job string) string { return filepath.Join(root, "var/vcap/jobs", job) }
	// in is a file of a job.
	in := func(job, name string) string {
		GinkgoHelper()
		target, err := os.Readlink(jobLink(job))
		Expect(err).NotTo(HaveOccurred())
		return filepath.Join(root, target, name)
	}
	// shut makes a job unreadable for root too: its link leads to itself.
	shut := func(job string) (open func()) {
		GinkgoHelper()
		target, err := os.Readlink(jobLink(job))
		Expect(err).NotTo(HaveOccurred())
		Expect(os.Remove(jobLink(job))).To(Succeed())
		Expect(os.Symlink(job, jobLink(job))).To(Succeed())
		return func() {
			Expect(os.Remove(jobLink(job))).To(Succeed())
			Expect(os.Symlink(target, jobLink(job))).To(Succeed())
		}
	}

	BeforeEach(func() {
		root, now = GinkgoT().TempDir(), time.Now()
		keeper = &check.Keeper{Root: root}
		checker = &check.Checker{Config: config.Default(), Root: root, Now: func() time.Time { return now }}
		lapsed = scenario.Issue(scenario.Spec{CommonName: "lapsed", NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.Add(-time.Hour)})
		well = scenario.Issue(scenario.Spec{CommonName: "well"})
		deploy(map[string]scenario.Files{"rep": {"a.pem": lapsed.CertPEM(), "b.pem": well.CertPEM()}, "bbs": {"a.pem": well.CertPEM()}})
	})

	It("keeps the certificates of a job that cannot be read, with the time, until they are seen", func() {
		Expect(codes(judged())).To(Equal([]string{"expired lapsed"}))
		seen := now
		open := shut("rep")
		for range 3 {
			r := judged()
			Expect(codes(r)).To(Equal([]string{"expired lapsed", "unverified rep"}))
			Expect(r.Summary.Unverified).To(Equal(1))
			Expect(r.Summary.Placements).To(Equal(3))
			Expect(r.Certificates[0].LastSeen).To(BeTemporally("~", seen, time.Second))
			Expect(r.Certificates[0].Findings[0].Message).To(HaveSuffix("(last seen " + verdict.Stamp(seen) + ")"))
			Expect(r.Certificates[1].LastSeen).To(BeZero(), "it is seen in another job")
			Expect(r.Certificates[1].Locations[1]).To(And(HaveField("Job", "rep"), HaveField("LastSeen", Not(BeZero()))))
			Expect(r.Problems[0].Why).To(Equal("2 results of earlier scans are kept"))
		}
		open()
		r := judged()
		Expect(codes(r)).To(Equal([]string{"expired lapsed"}))
		Expect(r.Certificates[0].LastSeen).To(BeZero())
		deploy(map[string]scenario.Files{"rep": {"a.pem": well.CertPEM()}})
		Expect(codes(judged())).To(BeEmpty())
	})

	It("judges what it keeps with the current time", func() {
		soon := scenario.Issue(scenario.Spec{CommonName: "soon", NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.Add(150 * time.Second)})
		deploy(map[string]scenario.Files{"rep": {"a.pem": soon.CertPEM()}})
		Expect(codes(judged())).To(Equal([]string{"expiring_soon soon"}))
		shut("rep")
		Expect(codes(judged())).To(ContainElement("expiring_soon soon"))
		Expect(codes(judged())).To(ContainElement("expired soon"))
	})

	It("drops the certificates of a job that a deploy removed, and of a file that is gone", func() {
		Expect(codes(judged())).To(Equal([]string{"expired lapsed"}))
		Expect(os.Remove(jobLink("rep"))).To(Succeed())
		Expect(codes(judged())).To(BeEmpty())
	})

	It("passes on that the verdict exceeds the budget of a job, whose earlier findings are then kept", func() {
		files := scenario.Files{"a.pem": well.CertPEM()}
		issuer := scenario.Issue(scenario.Spec{CommonName: "slow", CA: true, Key: scenario.P521})
		for i := range 16 {
			files[fmt.Sprintf("ca%d.pem", i)] = scenario.Issue(scenario.Spec{CommonName: "slow", CA: true, Key: scenario.P521}).CertPEM()
			files[fmt.Sprintf("leaf%d.pem", i)] = scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: issuer}).CertPEM()
		}
		deploy(map[string]scenario.Files{"bbs": files})
		before, after := judged(), judged()
		Expect(codes(after)).To(ContainElement("over_budget bbs"))
		for i := range before.Certificates {
			if c := &before.Certificates[i]; c.Name == "well" {
				c.Findings = []report.Finding{{Code: verdict.Untrusted, Severity: verdict.Error, Message: "untrusted"}}
			}
		}
		Expect(codes(after)).NotTo(ContainElement("untrusted well"))
		after.Keep(before)
		Expect(codes(after)).To(ContainElement("untrusted well"))
	})

	It("keeps what the budget of a job hides", func() {
		deploy(map[string]scenario.Files{"bbs": {"z.pem": lapsed.CertPEM()}, "rep": {"a.pem": well.CertPEM()}})
		Expect(codes(judged())).To(Equal([]string{"expired lapsed"}))
		checker.Config.Scan.MaxFiles = 8
		for i := range 20 {
			Expect(os.WriteFile(in("bbs", fmt.Sprint(i)), nil, 0o600)).To(Succeed())
		}
		for range 2 {
			r := judged()
			Expect(codes(r)).To(Equal([]string{"expired lapsed", "over_budget bbs"}))
			Expect(r.Summary.Unverified).To(Equal(1))
			Expect(r.Items(alert.Unverified)).To(HaveLen(1))
		}
	})

	It("keeps the end of a file that has grown beyond the limit", func() {
		judged()
		checker.Config.Scan.MaxFileSize = 100_000
		grown := strings.Repeat("\n", 100_000) + lapsed.CertPEM()
		Expect(os.WriteFile(in("rep", "a.pem"), []byte(grown), 0o600)).To(Succeed())
		Expect(codes(judged())).To(Equal([]string{"expired lapsed", "unverified rep a.pem"}))
	})

	store := func(password string) string {
		GinkgoHelper()
		encoded, err := pkcs12.Modern2023.EncodeTrustStore([]*x509.Certificate{lapsed.X509}, password)
		Expect(err).NotTo(HaveOccurred())
		return string(encoded)
	}

	It("is quiet about a file whose end was never read, and a key store that never opened", func() {
		checker.Config.Scan.MaxFileSize = 10_000
		deploy(map[string]scenario.Files{"rep": {"a.pem": strings.Repeat("\n", 10_000) + lapsed.CertPEM()}, "bbs": {"a.p12": store("not known")}})
		for range 3 {
			Expect(codes(judged())).To(Equal([]string{"unreadable bbs a.p12", "unreadable rep a.pem"}))
		}
	})

	It("keeps what a key store held that no longer opens", func() {
		deploy(map[string]scenario.Files{"rep": {"a.p12": store("changeit")}})
		Expect(codes(judged())).To(Equal([]string{"expired lapsed"}))
		deploy(map[string]scenario.Files{"rep": {"a.p12": store("not known")}})
		Expect(codes(judged())).To(Equal([]string{"expired lapsed", "unverified rep a.p12"}))
	})

	It("keeps a bounded number of certificates of each job", func() {
		first, second := &discover.Inventory{}, &discover.Inventory{}
		for i := range 3_000 {
			job := []string{"evil", "rep"}[i/2_990]
			first.Deployed = append(first.Deployed, cert.Deployed{
				Certificate: &cert.Certificate{Fingerprint: cert.Fingerprint{byte(i), byte(i >> 8)}},
				Locations:   []cert.Location{{Job: job, File: "/var/vcap/jobs/" + job + "/a.pem"}}})
		}
		keeper.Complete(first, now)
		second.Problems = []discover.Problem{{Job: "evil", File: "/var/vcap/jobs/evil/a.pem", Kind: discover.Access}, {Job: "rep", File: "/var/vcap/jobs/rep", Kind: discover.Access}}
		keeper.Complete(second, now.Add(time.Minute))
		Expect(second.Deployed).To(HaveLen(1_010))
		Expect(second.Problems).To(HaveExactElements(HaveField("Kept", 1_000), HaveField("Kept", 10)))
	})

	DescribeTable("keeps a certificate whose file is replaced by what a scan passes over", func(hide func(dir string)) {
		deploy(map[string]scenario.Files{"rep": {"config/a.pem": lapsed.CertPEM()}})
		Expect(codes(judged())).To(Equal([]string{"expired lapsed"}))
		dir := in("rep", "config")
		Expect(os.Rename(dir, filepath.Join(root, "hidden"))).To(Succeed())
		hide(dir)
		for range 2 {
			Expect(codes(judged())).To(Equal([]string{"expired lapsed", "unverified rep config/a.pem"}))
		}
		deploy(map[string]scenario.Files{"rep": {"config/b.pem": well.CertPEM()}})
		Expect(codes(judged())).To(BeEmpty())
	},
		Entry("a link", func(dir string) {
			Expect(os.Mkdir(dir, 0o755)).To(Succeed())
			Expect(os.Symlink("/hidden/a.pem", filepath.Join(dir, "a.pem"))).To(Succeed())
		}),
		Entry("a pipe", func(dir string) {
			Expect(os.Mkdir(dir, 0o755)).To(Succeed())
			Expect(syscall.Mkfifo(filepath.Join(dir, "a.pem"), 0o644)).To(Succeed())
		}),
	)

	It("keeps a certificate whose directory is replaced by a link", func() {
		deploy(map[string]scenario.Files{"rep": {"config/a.pem": lapsed.CertPEM()}})
		judged()
		Expect(os.Rename(in("rep", "config"), filepath.Join(root, "hidden"))).To(Succeed())
		Expect(os.Symlink("/hidden", in("rep", "config"))).To(Succeed())
		Expect(codes(judged())).To(Equal([]string{"expired lapsed", "unverified rep config"}))
	})

	It("keeps a mismatch while the key cannot be read", func() {
		other := scenario.Issue(scenario.Spec{CommonName: "other"})
		deploy(map[string]scenario.Files{"rep": {"tls/tls.crt": well.CertPEM(), "tls/tls.key": other.KeyPEM()}})
		Expect(codes(judged())).To(Equal([]string{"key_mismatch well"}))
		shut("rep")
		Expect(codes(judged())).To(Equal([]string{"key_mismatch well", "unverified rep"}))
	})

	// restarted puts a keeper into use that knows what the one before wrote to a file.
	restarted := func(r *report.Report) {
		GinkgoHelper()
		written, err := json.Marshal(keeper.Sight(r))
		Expect(err).NotTo(HaveOccurred())
		var read check.Sight
		Expect(json.Unmarshal(written, &read)).To(Succeed())
		keeper = &check.Keeper{Root: root}
		keeper.Restore(read, now)
	}

	It("knows after a restart what had a finding or was not seen, although it is hidden since", func() {
		other := scenario.Issue(scenario.Spec{CommonName: "other"})
		deploy(map[string]scenario.Files{"rep": {"a.pem": lapsed.CertPEM()}, "bbs": {"tls/tls.crt": well.CertPEM(), "tls/tls.key": other.KeyPEM()}})
		r := judged()
		before := codes(r)
		Expect(before).To(Equal([]string{"expired lapsed", "key_mismatch well"}))
		restarted(r)
		seen := now
		open := shut("rep")
		shut("bbs")
		for range 3 {
			r = judged()
			Expect(codes(r)).To(ContainElements(before))
			Expect(r.Certificates[0].LastSeen).To(BeTemporally("~", seen, time.Second))
			restarted(r)
		}
		open()
		r = judged()
		Expect(r.Certificates).To(ConsistOf(And(HaveField("Name", "lapsed"), HaveField("LastSeen", BeZero())), HaveField("Name", "well")))
	})

	It("knows after a restart the findings that a budget may hide, without their steps", func() {
		inventory := &discover.Inventory{Deployed: []cert.Deployed{{Certificate: well.Noun(), Role: cert.Leaf, Locations: []cert.Location{{Job: "rep", File: "/a"}}}}}
		keeper.Complete(inventory, now)
		finding := func(code verdict.Code) report.Finding {
			return report.Finding{Code: code, Severity: verdict.Error, Message: "message", Why: "why", Next: "evil", Steps: []verdict.Step{verdict.Run("evil")}}
		}
		r := &report.Report{Certificates: []report.Certificate{{Fingerprint: well.Noun().Fingerprint.String(),
			Findings: []report.Finding{finding(verdict.Untrusted), finding(verdict.Expired), finding(verdict.Weak)}}}}
		written, err := json.Marshal(keeper.Sight(r))
		Expect(err).NotTo(HaveOccurred())
		Expect(string(written)).NotTo(ContainSubstring("evil"))
		var read check.Sight
		Expect(json.Unmarshal(written, &read)).To(Succeed())
		restored := read.Findings(now)
		Expect(restored.CheckedAt).To(Equal(now))
		Expect(restored.Certificates).To(HaveExactElements(And(HaveField("Fingerprint", well.Noun().Fingerprint.String()), HaveField("Findings", HaveExactElements(
			And(HaveField("Code", verdict.Untrusted), HaveField("Severity", verdict.Error), HaveField("Message", "message"), HaveField("Why", "why"), HaveField("Next", ContainSubstring("over_budget"))),
			HaveField("Code", verdict.Weak))))))
		var forged check.Sight
		Expect(json.Unmarshal([]byte(`{"certificates": [{"findings": [{"code": "expired", "severity": "critical"}, {"code": "weak", "severity": "ok"}, {"code": "x"}]}]}`), &forged)).To(Succeed())
		Expect(forged.Findings(now).Certificates).To(HaveEach(HaveField("Findings", BeEmpty())))
	})

	It("drops after a restart what was removed meanwhile, and places that are no files", func() {
		restarted(judged())
		Expect(os.Remove(jobLink("rep"))).To(Succeed())
		Expect(codes(judged())).To(BeEmpty())

		var forged check.Sight
		Expect(json.Unmarshal([]byte(`{"certificates": [{"role": "leaf", "locations": [{"File": "../x"}, {"File": ""}]}, {"role": "x", "locations": [{"File": "/x"}]}],
			"revocation_lists": [{"File": "x"}], "instance_identities": [{"Directory": "x"}], "mismatches": [{}]}`), &forged)).To(Succeed())
		keeper.Restore(forged, now)
		shut("bbs")
		Expect(judged().Certificates).To(BeEmpty())
	})

	It("writes a bounded share of each job", func() {
		inventory := &discover.Inventory{}
		r := &report.Report{}
		for i := range 3_000 {
			job := []string{"evil", "rep"}[i/2_990]
			c := *lapsed.Noun()
			c.Fingerprint[0], c.Fingerprint[1] = byte(i), byte(i>>8)
			inventory.Deployed = append(inventory.Deployed, cert.Deployed{Certificate: &c, Role: cert.Leaf, Locations: []cert.Location{{Job: job, File: "/a"}}})
			r.Certificates = append(r.Certificates, report.Certificate{Fingerprint: c.Fingerprint.String(), Findings: make([]report.Finding, 1)})
		}
		keeper.Complete(inventory, now)
		sight := keeper.Sight(r)
		written, err := json.Marshal(sight)
		Expect(err).NotTo(HaveOccurred())
		Expect(len(written)).To(BeNumerically("<", 300<<10))
		Expect(sight.Certificates[len(sight.Certificates)-1].Locations[0].Job).To(Equal("rep"))
	})

	It("marks no problem of a file that was read", func() {
		deploy(map[string]scenario.Files{"rep": {"a.pem": lapsed.CertPEM()}})
		judged()
		deploy(map[string]scenario.Files{"rep": {"a.pem": lapsed.CertPEM()[:200]}})
		Expect(codes(judged())).To(Equal([]string{"unreadable rep a.pem:1"}))
	})

	It("keeps revocation lists and instance identities", func() {
		inventory := func(problems ...discover.Problem) *discover.Inventory { return &discover.Inventory{Problems: problems} }
		first := inventory()
		first.CRLs = []cert.DeployedCRL{{CRL: cert.CRL{Issuer: "CN=ca"}, Job: "rep", File: "/var/vcap/jobs/rep/crl.pem"}}
		first.InstanceIdentities = []cert.InstanceIdentities{{Directory: "/ids", Validities: make([]cert.Validity, 2)}}
		keeper.Complete(first, now)
		second := inventory(discover.Problem{Job: "rep", File: "/var/vcap/jobs/rep/", Kind: discover.Access},
			discover.Problem{File: "/ids/", Class: cert.IdentityFile, Kind: discover.Access})
		keeper.Complete(second, now.Add(time.Minute))
		Expect(second.CRLs).To(ConsistOf(HaveField("LastSeen", BeTemporally("==", now))))
		Expect(second.InstanceIdentities).To(HaveLen(1))
		Expect(second.Problems).To(HaveEach(HaveField("Unverified", true)))
		restarted(&report.Report{})
		second = inventory(second.Problems...)
		keeper.Complete(second, now.Add(2*time.Minute))
		Expect(second.InstanceIdentities).To(Equal([]cert.InstanceIdentities{{Directory: "/ids", Validities: make([]cert.Validity, 2)}}), "after a restart")
		third := inventory()
		keeper.Complete(third, now.Add(time.Hour))
		Expect(third.CRLs).To(BeEmpty())
		Expect(third.InstanceIdentities).To(BeEmpty())
	})
})
