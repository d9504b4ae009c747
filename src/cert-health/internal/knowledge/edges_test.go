package knowledge_test

import (
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/knowledge"
	"cert-health/internal/strict"
)

// templates are the files that the templates of releases make, by job.
func templates() map[string][]string {
	GinkgoHelper()
	contents, err := os.ReadFile("testdata/paths.txt")
	Expect(err).NotTo(HaveOccurred())
	all := map[string][]string{}
	for line := range strings.Lines(string(contents)) {
		if job, path, ok := strings.Cut(strings.TrimSpace(line), " "); ok && job != "#" {
			all[job] = append(all[job], path)
		}
	}
	return all
}

var _ = Describe("the built-in edges", func() {
	edges, err := knowledge.LoadEdges("")
	known := templates

	It("can be read", func() {
		Expect(err).NotTo(HaveOccurred())
		Expect(len(edges)).To(BeNumerically(">", 80))
	})

	// Jobs whose certificates are not in files that a template names.
	elsewhere := []string{"credhub"}
	for _, e := range edges {
		It("has "+e.Name+" as the templates of the releases have it", func() {
			all := known()
			matches := func(jobs, globs strict.Strings) {
				GinkgoHelper()
				for _, glob := range globs {
					found := false
					for job, paths := range all {
						for _, path := range paths {
							found = found || (jobs[0] == "*" || contains(jobs, job)) && knowledge.MatchesFile(strict.Strings{glob}, job, "/var/vcap/jobs/"+job+"/"+path)
						}
					}
					Expect(found).To(BeTrue(), "no template of %v makes %s", jobs, glob)
				}
			}
			for _, jobs := range []strict.Strings{e.Client.Jobs, e.Server.Jobs} {
				for _, job := range jobs {
					Expect(job == "*" || contains(elsewhere, job) || len(all[job]) > 0).To(BeTrue(), "there is no job %s", job)
				}
			}
			matches(e.Client.Jobs, e.Client.Certificate)
			matches(e.Client.Jobs, e.Client.Trusts)
			matches(e.Server.Jobs, e.Server.Certificate)
			matches(e.Server.Jobs, e.Server.Trusts)
			Expect(e.Client.Trusts).NotTo(BeEmpty(), "what does the client trust?")
			Expect(e.Server.Port).NotTo(BeZero())
			Expect(len(e.Server.Names) > 0 || e.Server.AnyName).To(BeTrue(), "which name does the client ask for?")
			Expect(e.Client.Stack).NotTo(BeEmpty())
			for _, sentence := range []string{e.Breaks, e.Survives} {
				Expect(sentence).To(MatchRegexp(`^["A-Za-z].*[.]$`), "a sentence")
			}
			Expect(e.Carries).NotTo(BeEmpty())
		})
	}
})

func contains(list []string, word string) bool {
	for _, own := range list {
		if own == word {
			return true
		}
	}
	return false
}

var _ = Describe("edges of an operator", func() {
	var dir string
	write := func(contents string) {
		Expect(os.MkdirAll(filepath.Join(dir, "edges"), 0o755)).To(Succeed())
		Expect(os.WriteFile(filepath.Join(dir, "edges", "own.yml"), []byte(contents), 0o600)).To(Succeed())
	}
	BeforeEach(func() { dir = GinkgoT().TempDir() })

	It("extend, replace and remove built-in ones", func() {
		write(`
edges:
  - name: shop-stock
    client: {jobs: shop, certificate: config/tls.crt, trusts: config/ca.crt}
    server: {jobs: stock, port: 9443, names: stock.internal, certificate: config/tls.crt, trusts: config/ca.crt, client_certificate: required}
    breaks: Orders fail.
  - name: rep-bbs
    client: {jobs: rep, trusts: config/ca.crt}
    server: {jobs: bbs, any_name: true, client_certificate: none}
    breaks: Ours.
  - name: cfdot-rep
    server: {client_certificate: none}
`)
		builtin, err := knowledge.LoadEdges("")
		Expect(err).NotTo(HaveOccurred())
		edges, err := knowledge.LoadEdges(dir)
		Expect(err).NotTo(HaveOccurred())
		Expect(edges).To(HaveLen(len(builtin)))
		Expect(edges).To(ContainElements(HaveField("Name", "shop-stock"), HaveField("Breaks", "Ours.")))
		Expect(edges).NotTo(ContainElement(HaveField("Name", "cfdot-rep")))
	})

	DescribeTable("are refused with the file, the line and the key", func(contents string, parts ...string) {
		write(contents)
		_, err := knowledge.LoadEdges(dir)
		Expect(err).To(HaveOccurred())
		for _, part := range append(parts, "edges/own.yml") {
			Expect(err.Error()).To(ContainSubstring(part))
		}
	},
		Entry("an unknown key", "edges:\n  - name: a\n    cleint: {}\n", "edges[0].cleint (line 3) is not a known key", `did you mean "client"`),
		Entry("a wrong port", "edges:\n  - name: a\n    server: {port: 99999}\n", "edges[0].server.port (line 3) must be a whole number"),
		Entry("no jobs", "edges:\n  - name: a\n    client: {jobs: x}\n    server: {client_certificate: none}\n    breaks: B.\n", "edges[0] (a).server.jobs is missing"),
		Entry("no sentence", "edges:\n  - name: a\n    client: {jobs: x}\n    server: {jobs: y, client_certificate: none}\n", "edges[0] (a).breaks is missing"),
		Entry("a wrong word", "edges:\n  - name: a\n    client: {jobs: x, stack: golang}\n    server: {jobs: y, client_certificate: no}\n    breaks: B.\n", "server.client_certificate must be one of", "client.stack must be one of"),
		Entry("a wrong glob", "edges:\n  - name: a\n    client: {jobs: x, trusts: 'a['}\n    server: {jobs: y, client_certificate: none}\n    breaks: B.\n", "client.trusts[0]", "not a valid glob"),
		Entry("two of a name", "edges:\n  - {name: a}\n  - {name: a}\n", "edges[1] (a).name is that of another edge"),
	)
})
