package discover_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/budget"
	"cert-health/internal/discover"
	"cert-health/internal/scenario"
	"cert-health/internal/scenario/hostile"
)

var _ = Describe("The budget of a job", func() {
	var root string
	var leaf *scenario.Pair

	BeforeEach(func() {
		root = GinkgoT().TempDir()
		leaf = scenario.Issue(scenario.Spec{CommonName: "leaf"})
	})

	// scanner scans a job whose content costs too much, and a job that comes after it.
	scanner := func(greedy scenario.Files, limits func(*budget.Meter)) *discover.Scanner {
		GinkgoHelper()
		jobs := map[string]scenario.Files{"aaa": greedy, "rep": {"config/leaf.pem": leaf.CertPEM()}}
		Expect(scenario.VM{Jobs: jobs}.Write(root)).To(Succeed())
		s := discover.NewScanner(discover.Options{Root: root})
		discover.SetClock(s, func() time.Time { return time.Now().Add(time.Minute) })
		discover.SetMeter(s, func() *budget.Meter {
			m := budget.New()
			limits(m)
			return m
		})
		return s
	}
	scan := func(s *discover.Scanner) *discover.Inventory {
		GinkgoHelper()
		inventory, err := s.Scan(context.Background())
		Expect(err).NotTo(HaveOccurred())
		return inventory
	}
	many := func(n int, contents string) scenario.Files {
		files := scenario.Files{}
		for i := range n {
			files[fmt.Sprintf("config/%03d", i)] = contents
		}
		return files
	}
	limit := func(w budget.Work, most int) func(*budget.Meter) {
		return func(m *budget.Meter) { m.With(w, most) }
	}
	in := func(inventory *discover.Inventory, job string) (placements int) {
		for _, deployed := range inventory.Deployed {
			for _, l := range deployed.Locations {
				if l.Job == job {
					placements++
				}
			}
		}
		return placements
	}

	DescribeTable("concerns that job alone, is reported once, and is the same in each scan",
		func(work budget.Work, most int, files func() scenario.Files, found int, reason string) {
			s := scanner(files(), limit(work, most))
			first := scan(s)
			Expect(in(first, "rep")).To(Equal(1))
			Expect(in(first, "aaa")).To(Equal(found))
			var excesses []discover.Problem
			for _, p := range first.Problems {
				if p.Excess != nil {
					excesses = append(excesses, p)
				}
			}
			Expect(excesses).To(HaveExactElements(And(HaveField("Job", "aaa"), HaveField("File", "/var/vcap/jobs/aaa/"),
				HaveField("Kind", discover.Limit), HaveField("Excess.Work", work), HaveField("Reason", reason))))
			again := scan(s)
			Expect(again.Files).To(Equal(first.Files))
			Expect(again.Deployed).To(Equal(first.Deployed))
			Expect(again.Problems).To(Equal(first.Problems))
		},
		Entry("files", budget.Files, 20, func() scenario.Files { return many(30, "") }, 0,
			"it has more than 20 files: the other files were not read"),
		Entry("directories", budget.Files, 20, func() scenario.Files {
			return scenario.Files{strings.Repeat("d/", 30) + "x": ""}
		}, 0, "it has more than 20 files: the other files were not read"),
		Entry("bytes", budget.Bytes, 10_000, func() scenario.Files { return many(30, strings.Repeat("text\n", 200)) }, 0,
			"it has more than 10,000 bytes to search in its files: the other files were not read"),
		Entry("beginnings of values", budget.Bytes, 100_000, func() scenario.Files { return many(2, strings.Repeat("MI ", 5000)) }, 0,
			"it has more than 100,000 bytes to search in its files: the other files were not read"),
		Entry("BEGIN lines", budget.Bytes, 100_000, func() scenario.Files { return many(2, strings.Repeat("-----BEGIN X-----", 5000)) }, 0,
			"it has more than 100,000 bytes to search in its files: the other files were not read"),
		Entry("paths of jobs", budget.Bytes, 100_000, func() scenario.Files { return many(2, strings.Repeat("/var/vcap/jobs/", 5000)) }, 0,
			"it has more than 100,000 bytes to search in its files: the other files were not read"),
		Entry("what only begins like a certificate", budget.Certificates, 10, func() scenario.Files {
			return many(2, strings.Repeat("a: MIIBszCCAVkCAQIw\n", 50))
		}, 0, "it has more than 10 certificates: the others were not read"),
		Entry("a certificate with many names", budget.Certificates, 10, func() scenario.Files {
			var names []string
			for i := range 1000 {
				names = append(names, fmt.Sprint(i))
			}
			return scenario.Files{"a": scenario.Issue(scenario.Spec{SANs: names}).CertPEM()}
		}, 0, "it has more than 10 certificates: the others were not read"),
		Entry("a large certificate", budget.Certificates, 10, func() scenario.Files {
			return scenario.Files{"a": scenario.Issue(scenario.Spec{CommonName: strings.Repeat("x", 30_000)}).CertPEM()}
		}, 0, "it has more than 10 certificates: the others were not read"),
		Entry("broken certificates", budget.Certificates, 10, func() scenario.Files {
			return many(1, strings.Repeat("-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIB=A=\n-----END CERTIFICATE-----\n", 30))
		}, 0, "it has more than 10 certificates: the others were not read"),
		Entry("private keys", budget.Keys, 10, func() scenario.Files { return many(30, scenario.Issue(scenario.Spec{}).KeyPEM()) }, 0,
			"it has more than 10 private keys: the others were not compared"),
		Entry("long paths", budget.Files, 20, func() scenario.Files {
			return scenario.Files{strings.Repeat(strings.Repeat("d", 200)+"/", 6) + "x": ""}
		}, 0, "it has more than 20 files: the other files were not read"),
		Entry("certificates in one file", budget.Certificates, 10, func() scenario.Files { return hostile.Certificates(30) }, 10,
			"it has more than 10 certificates: the others were not read"),
		Entry("certificates in many files", budget.Certificates, 10, func() scenario.Files {
			return many(30, scenario.Issue(scenario.Spec{CommonName: "a"}).CertPEM())
		}, 10, "it has more than 10 certificates: the others were not read"),
		Entry("certificates in DER", budget.Certificates, 10, func() scenario.Files {
			return many(1, strings.Repeat(string(scenario.Issue(scenario.Spec{CommonName: "a"}).X509.Raw), 30))
		}, 10, "it has more than 10 certificates: the others were not read"),
		Entry("revocation lists", budget.Certificates, 10, func() scenario.Files {
			return many(30, scenario.Issue(scenario.Spec{CommonName: "a", CA: true}).CRL())
		}, 0, "it has more than 10 certificates: the others were not read"),
		Entry("iterations of key derivations", budget.Derivations, 100_000, func() scenario.Files { return hostile.KeyStores(3) }, 0,
			"it has more than 100,000 iterations of key derivations: the other key stores were not opened"),
		Entry("names of keys", budget.Clues, 100, func() scenario.Files {
			return many(30, strings.Repeat("cert: /var/vcap/jobs/a/b.crt\nkey: /var/vcap/jobs/a/b.key\n", 10))
		}, 0, "it has more than 100 private keys and names of certificates: the other private keys were not compared"),
		Entry("broken blocks", budget.Faults, 10, func() scenario.Files { return many(30, "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIB\n") }, 0,
			"it has more than 10 faults in its files: the others are not listed"),
	)

	It("counts a file that was not read as unreadable", func() {
		inventory := scan(scanner(hostile.KeyStores(3), limit(budget.Derivations, 100_000)))
		Expect(inventory.Files).To(Equal(discover.Files{With: 1, Unreadable: 3}))
	})

	It("pays for what is remembered, so that a job cannot get more gradually", func() {
		s := scanner(many(30, leaf.CertPEM()), limit(budget.Certificates, 10))
		for range 5 {
			Expect(in(scan(s), "aaa")).To(Equal(10))
		}
	})

	It("lists the faults of a file as soon as others have fewer", func() {
		broken := "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIB\n"
		s := scanner(many(25, broken), limit(budget.Faults, 10))
		last := HaveField("File", "/var/vcap/jobs/aaa/config/024")
		for range 2 {
			Expect(scan(s).Problems).NotTo(ContainElement(last))
		}
		others, err := filepath.Glob(filepath.Join(root, "var/vcap/data/jobs/aaa/*/config/0[01]*"))
		Expect(err).NotTo(HaveOccurred())
		Expect(others).To(HaveLen(20))
		for _, file := range others[1:] {
			Expect(os.Truncate(file, 0)).To(Succeed())
		}
		Expect(scan(s).Problems).To(ContainElement(And(last, HaveField("Line", 1), HaveField("Reason", ContainSubstring("END line")))))
	})

	It("is that of a directory outside of the jobs, too", func() {
		dir := filepath.Join(root, "etc/ssl")
		Expect(os.MkdirAll(dir, 0o755)).To(Succeed())
		Expect(os.WriteFile(filepath.Join(dir, "a.pem"), []byte(strings.Repeat(leaf.CertPEM(), 30)), 0o600)).To(Succeed())
		s := scanner(scenario.Files{"monit": ""}, limit(budget.Certificates, 10))
		discover.SetPaths(s, "/etc/ssl")
		inventory := scan(s)
		Expect(in(inventory, "rep")).To(Equal(1))
		Expect(inventory.Problems).To(HaveExactElements(And(HaveField("Job", ""), HaveField("File", "/etc/ssl/"), HaveField("Kind", discover.Limit))))
	})

	It("names all limits that a job exceeds in one problem", func() {
		files := many(30, "text "+leaf.CertPEM()[:100])
		inventory := scan(scanner(files, func(m *budget.Meter) { m.With(budget.Files, 20).With(budget.Faults, 10) }))
		last := inventory.Problems[len(inventory.Problems)-1]
		Expect(last.Reason).To(Equal("it has more than 10 faults in its files: the others are not listed; " +
			"it has more than 20 files: the other files were not read"))
	})
})
