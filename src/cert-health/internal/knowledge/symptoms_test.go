package knowledge_test

import (
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"cert-health/internal/knowledge"
)

const schemaFile = "../../../../docs/symptoms.schema.json"

var _ = Describe("the files of symptoms", func() {
	It("have the form of the published schema, and the schema has all words", func() {
		schema, err := jsonschema.NewCompiler().Compile(schemaFile)
		Expect(err).NotTo(HaveOccurred())
		files, err := filepath.Glob("symptoms/*.yml")
		Expect(err).NotTo(HaveOccurred())
		Expect(len(files)).To(BeNumerically(">=", 7))
		for _, name := range files {
			contents, err := os.ReadFile(name)
			Expect(err).NotTo(HaveOccurred())
			var document yaml.Node
			Expect(yaml.Unmarshal(contents, &document)).To(Succeed())
			Expect(schema.Validate(plain(&document))).To(Succeed(), name)
		}
		text, err := os.ReadFile(schemaFile)
		Expect(err).NotTo(HaveOccurred())
		for _, word := range append(knowledge.Faults(), knowledge.Holes()...) {
			Expect(string(text)).To(ContainSubstring(strings.ReplaceAll(word, ".", `\\.`)))
		}
	})

	It("are explained, each key of them", func() {
		page, err := os.ReadFile("../../../../docs/explain.md")
		Expect(err).NotTo(HaveOccurred())
		for _, key := range []string{"writer", "symptoms", "contexts", "certificates", "id", "texts", "said", "whose", "fault", "note", "means", "causes", "look", "examples", "line", "file", "job",
			"peer", "name", "end", "at", "groups", "server", "ports", "client", "ca", "certificate", "as", "because"} {
			Expect(string(page)).To(MatchRegexp("`"+key+"`|"+key+":"), key)
		}
		for _, word := range knowledge.Faults() {
			Expect(string(page)).To(ContainSubstring("`" + word + "`"))
		}
	})

	refused := func(contents string) string {
		GinkgoHelper()
		dir := GinkgoT().TempDir()
		Expect(os.Mkdir(filepath.Join(dir, "symptoms"), 0o755)).To(Succeed())
		Expect(os.WriteFile(filepath.Join(dir, "symptoms", "x.yml"), []byte(contents), 0o600)).To(Succeed())
		_, err := knowledge.LoadSymptoms(dir)
		Expect(err).To(HaveOccurred())
		return strings.TrimPrefix(err.Error(), dir+"/symptoms/")
	}

	DescribeTable("are refused with the file, the line and the key of each fault", func(contents string, sentences ...string) {
		said := refused(contents)
		for _, sentence := range sentences {
			Expect(said).To(ContainSubstring(sentence))
		}
	},
		Entry("an unknown key", "writer: x\nsymptons: []\n", "x.yml: symptons (line 2) is not a known key", "symptoms"),
		Entry("no example", "writer: x\nsymptoms:\n  - {id: a, texts: [some long words], whose: own, fault: expired}\n", "x.yml: symptoms[0] (a).examples must have a real line"),
		Entry("no fault and no causes", "writer: x\nsymptoms:\n  - {id: a, texts: [some long words], examples: [{line: some long words}]}\n", "fault is missing, or means and causes"),
		Entry("no side", "writer: x\nsymptoms:\n  - {id: a, texts: [some long words], fault: expired, examples: [{line: some long words}]}\n", "whose is missing: peer if the writer"),
		Entry("an unknown fault", "writer: x\nsymptoms:\n  - {id: a, texts: [some long words], whose: own, fault: expire, examples: [{line: some long words}]}\n", "symptoms[0].fault (line 3): it must be one of", `did you mean "expired"?`),
		Entry("words that are too short", "writer: x\nsymptoms:\n  - {id: a, texts: ['a{end}b'], whose: own, fault: expired, examples: [{line: ab}]}\n", "needs words of at least 6 characters"),
		Entry("an unknown placeholder", "writer: x\nsymptoms:\n  - {id: a, texts: ['some long words {ende}'], whose: own, fault: expired, examples: [{line: x}]}\n", "a brace must begin one of", `did you mean "end"?`),
		Entry("two placeholders in a row", "writer: x\nsymptoms:\n  - {id: a, texts: ['some long words {end}{peer}'], whose: own, fault: expired, examples: [{line: x}]}\n", "two placeholders must have words between them"),
		Entry("a cause without a certificate", "writer: x\nsymptoms:\n  - {id: a, texts: [some long words], means: It is so., causes: [{certificate: nothing}], examples: [{line: some long words}]}\n", "a: causes[0].certificate is not the name of a certificate"),
		Entry("no YAML", "writer: [\n", "x.yml: it is not valid YAML"),
	)

	It("replace built-in entries with the same id", func() {
		dir := GinkgoT().TempDir()
		Expect(os.Mkdir(filepath.Join(dir, "symptoms"), 0o755)).To(Succeed())
		own := "writer: ours\nsymptoms:\n  - {id: go-expired, texts: [our own words], whose: own, fault: expired, examples: [{line: our own words}]}\n"
		Expect(os.WriteFile(filepath.Join(dir, "symptoms", "x.yml"), []byte(own), 0o600)).To(Succeed())
		builtin, err := knowledge.LoadSymptoms("")
		Expect(err).NotTo(HaveOccurred())
		extended, err := knowledge.LoadSymptoms(dir)
		Expect(err).NotTo(HaveOccurred())
		Expect(extended.Symptoms).To(HaveLen(len(builtin.Symptoms)))
		Expect(extended.Symptoms).To(ContainElement(HaveValue(And(HaveField("ID", "go-expired"), HaveField("Writer", "ours")))))
	})
})

// plain is a document of YAML as one of JSON: times are strings.
func plain(node *yaml.Node) any {
	switch node.Kind {
	case yaml.DocumentNode:
		return plain(node.Content[0])
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(node.Content); i += 2 {
			m[node.Content[i].Value] = plain(node.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range node.Content {
			list = append(list, plain(item))
		}
		return list
	}
	if node.Tag == "!!int" {
		var n int
		_ = node.Decode(&n) // the tag says that it is one
		return n
	}
	return node.Value
}
