package strict_test

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/secret"
	"cert-health/internal/strict"
)

type limits struct {
	Files int    `yaml:"files"`
	Port  uint16 `yaml:"port"`
}

type options struct {
	limits // its keys are keys of options
	Inline struct {
		Mode string `yaml:"mode"`
	} `yaml:",inline"`
	Name     string                  `yaml:"name"`
	Enabled  bool                    `yaml:"enabled"`
	Interval time.Duration           `yaml:"interval"`
	Until    strict.Date             `yaml:"until"`
	Password secret.Value            `yaml:"password"`
	Headers  map[string]secret.Value `yaml:"headers"`
	Hosts    strict.Strings          `yaml:"hosts"`
	Below    []struct {
		Limits limits `yaml:"limits"`
	} `yaml:"below"`
	Now func() time.Time // has no key
}

// Problems finds files without a port.
func (o *options) Problems() (problems strict.Problems) {
	if o.Files > 0 && o.Port == 0 {
		problems = append(problems, "port is missing")
	}
	return problems
}

func fromYAML(text string) (o options, problems strict.Problems) {
	problems = strict.YAML([]byte(text), "root", &o)
	return o, problems
}

func fromJSON(text string) (o options, problems strict.Problems) {
	problems = strict.JSON([]byte(text), "root", &o)
	return o, problems
}

const fullJSON = `{"files": 3, "port": 65535, "mode": "m", "name": "n", "enabled": true, "interval": "2d", "until": "2027-01-31",
	"password": "s3cr3t", "headers": {"K": "s3cr3t", "L": "é\u2028\/\ud83d\ude00"}, "below": [{"limits": {"files": 1}}, {}]}`

var _ = Describe("reading", func() {
	It("fills every kind of field", func() {
		o, problems := fromJSON(fullJSON)
		Expect(problems).To(BeNil())
		Expect(o.Files).To(Equal(3))
		Expect(o.Port).To(Equal(uint16(65535)))
		Expect(o.Inline.Mode).To(Equal("m"))
		Expect(o.Enabled).To(BeTrue())
		Expect(o.Interval).To(Equal(48 * time.Hour))
		Expect(o.Until.End).To(Equal(time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)))
		Expect(o.Password.Reveal()).To(Equal("s3cr3t"))
		Expect(o.Headers).To(HaveKeyWithValue("L", secret.New("é\u2028/😀")))
		Expect(o.Below).To(HaveLen(2))
		Expect(o.Below[0].Limits.Files).To(Equal(1))
	})

	DescribeTable("takes a list of strings that has one as a string", func(text string, hosts strict.Strings) {
		o, problems := fromYAML(text)
		Expect(problems).To(BeNil())
		Expect(o.Hosts).To(Equal(hosts))
	},
		Entry(nil, "hosts: a", strict.Strings{"a"}),
		Entry(nil, "hosts: [a, b]", strict.Strings{"a", "b"}),
		Entry(nil, "hosts: ''", strict.Strings(nil)),
		Entry(nil, "hosts: []", strict.Strings{}),
	)

	It("keeps what a document does not mention", func() {
		for _, text := range []string{"", "\n", "# nothing\n", "{}", "name:\nheaders:\n"} {
			o := options{Name: "kept", Headers: map[string]secret.Value{"K": {}}}
			Expect(strict.YAML([]byte(text), "root", &o)).To(BeNil())
			Expect(o.Name).To(Equal("kept"), text)
			Expect(o.Headers).To(HaveLen(1), text)
		}
	})

	It("takes all keys below the root key as well, and names their paths with it", func() {
		o, problems := fromYAML("root: {name: x}")
		Expect(problems).To(BeNil())
		Expect(o.Name).To(Equal("x"))
		for text, problem := range map[string]string{
			"root: {nam: x}": `root.nam is not a known key; did you mean "name"?`, "root: {files: 1}": "root.port is missing", "files: 1": "port is missing",
			"root: []": "root must be a mapping of keys to values", "{root: {}, name: x}": "root is not a known key",
		} {
			_, problems := fromYAML(text)
			Expect(problems).To(Equal(strict.Problems{problem}))
			_, problems = fromJSON(`{"root": {"files": 1}}`)
			Expect(problems).To(Equal(strict.Problems{"root.port is missing"}))
		}
	})

	It("follows YAML's anchors and spellings of true", func() {
		o, problems := fromYAML("name: &n x\nmode: *n\nenabled: True\npassword: 0123")
		Expect(problems).To(BeNil())
		Expect(o.Inline.Mode).To(Equal("x"))
		Expect(o.Enabled).To(BeTrue())
		Expect(o.Password.Reveal()).To(Equal("0123"), "the digits as they are written")
	})
})

var _ = DescribeTable("a problem of YAML has its path, and its line if there are several",
	func(text, problem string) {
		_, problems := fromYAML(text)
		Expect(problems).To(Equal(strict.Problems{problem}))
	},
	Entry(nil, "a: [", "it is not valid YAML: line 1: did not find expected node content"),
	Entry(nil, "- a", "the document must be a mapping of keys to values"),
	Entry(nil, "\nname: x\n\nmod: x\n", `mod (line 4) is not a known key; did you mean "mode"?`),
	Entry(nil, "below: [{limits: {fils: 1}}]", `below[0].limits.fils is not a known key; did you mean "files"?`),
	Entry(nil, "now: 1", "now is not a known key"),
	Entry(nil, "{files: 1, files: 2}", "files appears twice"),
	Entry(nil, "files: -1", "files must be a whole number, not negative"),
	Entry(nil, "files: [1]", "files must be a whole number, not negative"),
	Entry(nil, "port: 65536", "port must be a whole number from 0 to 65535"),
	Entry(nil, "enabled: yes please", "enabled must be true or false"),
	Entry(nil, "name: [a]", "name must be a string"),
	Entry(nil, "hosts: [[a]]", "hosts[0] must be a string"),
	Entry(nil, "hosts: {a: b}", "hosts must be a list"),
	Entry(nil, "interval: 30", "interval is not a valid duration: write 90s, 24h or 30d"),
	Entry(nil, "interval: [1d]", "interval is not a valid duration: write 90s, 24h or 30d"),
	Entry(nil, "until: tomorrow", "until: it is not a valid date: write 2027-01-31"),
	Entry(nil, "until: [2027-01-31]", "until must be a string"),
	Entry(nil, "headers: x", "headers must be a mapping of names to strings"),
	Entry(nil, "headers: {K: [x]}", "headers.K must be a string"),
	Entry(nil, "below: {}", "below must be a list"),
)

var _ = DescribeTable("a problem of JSON has its path",
	func(text, problem string) {
		_, problems := fromJSON(text)
		Expect(problems).To(Equal(strict.Problems{problem}))
	},
	Entry(nil, "", "it is not valid JSON"),
	Entry(nil, "{name: x}", "it is not valid JSON"),
	Entry(nil, "{\n\"Name\": \"x\"}", `Name is not a known key; did you mean "name"?`),
	Entry(nil, `{"name": 1}`, "name must be a string"),
	Entry(nil, `{"password": 83}`, "password must be a string"),
	Entry(nil, `{"headers": {"K": 1}}`, "headers.K must be a string"),
	Entry(nil, `{"interval": 10}`, "interval is not a valid duration: write 90s, 24h or 30d"),
)

var _ = Describe("problems", func() {
	It("are reported all at once, one a line", func() {
		_, problems := fromYAML("name: [x]\nfiles: x\nfoo: 1\n")
		Expect(problems).To(MatchError("3 problems\n  name (line 1) must be a string\n  files (line 2) must be a whole number, not negative\n  foo (line 3) is not a known key"))
	})

	It("quote no value, which may be a secret in the wrong line", func() {
		for _, text := range []string{"interval: s3cr3t", "files: s3cr3t", "until: s3cr3t", "below: s3cr3t", "password: [s3cr3t]", "a: s3cr3t: b", "\tname: s3cr3t", "password: 's3cr3t}", "enabled: s3cr3t", "*s3cr3t"} {
			_, problems := fromYAML(text)
			Expect(problems).NotTo(BeEmpty(), text)
			Expect(fmt.Sprint(problems)).NotTo(ContainSubstring("s3cr3t"), text)
		}
	})
})
