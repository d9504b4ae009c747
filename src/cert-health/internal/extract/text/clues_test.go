package text_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/extract/found"
	"cert-health/internal/extract/text"
	"cert-health/internal/scenario"
)

// clues returns the clues in the input.
func clues(input string) found.Clues {
	parser := text.Parser{Keys: true}
	if result, _ := parser.Parse([]byte(input)); result.Clues != nil {
		return *result.Clues
	}
	return found.Clues{}
}

var _ = Describe("labels", func() {
	pair := scenario.Issue(scenario.Spec{CommonName: "x"})
	certPEM, keyPEM := pair.CertPEM(), pair.KeyPEM()

	quoted := func(pem string) string {
		GinkgoHelper()
		encoded, err := json.Marshal(pem)
		Expect(err).NotTo(HaveOccurred())
		return string(encoded)
	}
	// fill puts certificates for C and keys for K into the input, quoted, indented or
	// in base64: C, |C, @C.
	fill := func(input string) string {
		for letter, pem := range map[string]string{"C": certPEM, "K": keyPEM} {
			input = strings.ReplaceAll(input, "|"+letter, "|\n"+scenario.Indent(pem, strings.Repeat(" ", 20)))
			input = strings.ReplaceAll(input, "@"+letter, base64.StdEncoding.EncodeToString([]byte(pem)))
			input = strings.ReplaceAll(input, "^"+letter, pem)
			input = strings.ReplaceAll(input, "%"+letter, quoted(pem))
		}
		return input
	}

	DescribeTable("are the names of values",
		func(input string, expected ...string) {
			var names []string
			for _, label := range clues(fill(input)).Labels {
				names = append(names, label.Name)
			}
			Expect(names).To(Equal(expected))
		},
		Entry("in JSON", `{"a_cert": %C, "a_key" : %K}`, "a_cert", "a_key"),
		Entry("in JSON of many lines", "{\n  \"cert\":\n    %C,\n  \"key\":\n    %K\n}", "cert", "key"),
		Entry("in JSON inside YAML", `config: '{"cert":%C,"key":%K}'`, "cert", "key"),
		Entry("in YAML", "tls:\n  cert: |C  private_key: |K", "cert", "private_key"),
		Entry("in YAML with indicators", "cert: |-\n  ^C"+"key: >2+\n  ^K", "cert", "key"),
		Entry("in YAML strings", `cert: %C`+"\nkey:    %K\n", "cert", "key"),
		Entry("in a list of YAML", "- cert: |C  key: |K", "cert", "key"),
		Entry("in an environment", "export A_CERT=%C\nA_KEY=%K\n", "A_CERT", "A_KEY"),
		Entry("in a shell's quotes", "CERT='^C'\nKEY=$'^K'\n", "CERT", "KEY"),
		Entry("in base64", "cert: @C\nkey: @K\n", "cert", "key"),
		Entry("in Ruby and TOML", `"cert" => %C, "key" = %K`, "cert", "key"),
		Entry("after an escaped line break", `{"cert": "\n`+`^C", "key": %K}`, "cert", "key"),
		Entry("as properties have them", "tls.cert: %C\ntls.key: %K\n", "tls.cert", "tls.key"),
		Entry("of flags", "run --cert=%C --key=%K", "cert", "key"),
	)

	DescribeTable("are empty without names",
		func(input string) {
			Expect(clues(fill(input)).Labels).To(HaveEach(HaveField("Name", BeEmpty())))
		},
		Entry("in a file", "^C^K"),
		Entry("after text", "subject=CN = x\n^CBag Attributes\n    friendlyName: x\n    localKeyID: 01\nKey Attributes: <No Attributes>\n^K"),
		Entry("in a heredoc", "cat > /a/cert.pem <<'CERT'\n^CCERT\ncat > key.pem <<KEY\n^KKEY\n"),
		Entry("in an echo", "echo '^C' > cert.pem\necho '^K' > key.pem\n"),
		Entry("in lists", "certs: [%C, %K]"),
		Entry("in a list of YAML", "certs:\n- |C- |K"),
		Entry("after a very long name", strings.Repeat("a", 99)+": %C\n"+strings.Repeat("b", 99)+": %K\n"),
	)

	DescribeTable("distinguish mappings",
		func(input string, expected ...int) {
			var mappings []int
			known := map[int]int{0: 0}
			for _, label := range clues(fill(input)).Labels {
				if _, ok := known[label.Mapping]; !ok {
					known[label.Mapping] = len(known)
				}
				mappings = append(mappings, known[label.Mapping])
			}
			Expect(mappings).To(Equal(expected))
		},
		Entry("JSON", `{"a":{"cert":%C,"key":%K},"b":{"x":{"y":[{}]},"cert":%C,"z":{},"key":%K},"cert":%C}`, 1, 1, 2, 2, 3),
		Entry("JSON in lines", "{\n \"a\": {\n  \"cert\": %C\n },\n \"b\": {\n  \"key\": %K\n }\n}", 1, 2),
		Entry("YAML", "a:\n  cert: |C  x: y\n  key: |K"+"b:\n  cert: |C\n  # c\n  key: |K", 1, 1, 2, 2),
		Entry("YAML of different depth", "a:\n  cert: |C  b:\n    key: |K", 1, 2),
		Entry("the top of YAML", "---\ncert: |C"+"x:\n  y: z\nkey: |K", 0, 0),
		Entry("lists of YAML", "a:\n- cert: |C  key: |K"+"- key: |K  cert: |C", 1, 1, 2, 2),
		Entry("lists of YAML, indented", "a:\n  - name: x\n    cert: |C    key: |K"+"  - cert: |C", 1, 1, 2),
		Entry("a list in a list", "- - cert: |C    key: |K"+"  - key: |K", 1, 1, 2),
		Entry("YAML's braces", "a: {cert: %C, key: %K}\nb: {key: %K}\n", 1, 1, 2),
		Entry("a script", "if x; then\n  CERT=%C\nfi\nKEY=%K\nCERT=%C\n", 1, 0, 0),
		Entry("headings", "cert = %C\n[a]\ncert = %C\nkey = %K\n[b]\nkey = %K\n", 0, 1, 1, 2),
		Entry("more braces than the limit", strings.Repeat("{", 99)+`"cert":%C,`+strings.Repeat("}", 60)+`"key":%K`, 1, 2),
		Entry("closing braces without opening ones", `}}}"cert":%C,"key":%K`, 0, 0),
	)

	It("exist only where certificates and keys are together", func() {
		Expect(clues("key: |\n" + scenario.Indent(keyPEM, "  ")).Labels).To(BeEmpty())
		Expect(clues("cert: |\n" + scenario.Indent(certPEM, "  "))).To(Equal(found.Clues{}))
	})
})

var _ = Describe("mentions", func() {
	const dir = "/var/vcap/jobs/rep/config/certs/"

	DescribeTable("are the jobs' files that a text names as certificates and keys",
		func(input string, expected ...string) {
			var list []string
			for _, mention := range clues(input).Mentions {
				Expect(mention.Path).To(HavePrefix(dir))
				list = append(list, mention.Name+" "+strings.TrimPrefix(mention.Path, dir))
			}
			Expect(list).To(Equal(expected))
		},
		Entry("JSON", `{"cert_file":"`+dir+`a.crt", "ca": "`+dir+`ca.crt", "key_file": "`+dir+`a.key"}`, "cert_file a.crt", "key_file a.key"),
		Entry("JSON in a string", `"{\"cert\":\"`+dir+`a.crt\",\"key\":\"`+dir+`a.key\"}"`, "cert a.crt", "key a.key"),
		Entry("YAML", "cert: "+dir+"a.crt\nkey: '"+dir+"a.key'\n", "cert a.crt", "key a.key"),
		Entry("an environment", "export TLS_CERT="+dir+"a.crt\nTLS_KEY=\""+dir+"a.key\"\n", "TLS_CERT a.crt", "TLS_KEY a.key"),
		Entry("flags", "run --tls-cert="+dir+"a.crt --tls-key "+dir+"a.key \\\n", "tls-cert a.crt", "tls-key a.key"),
		Entry("flags in JSON", `["--cert","`+dir+`a.crt", "-key", "`+dir+`a.key"]`, "cert a.crt", "key a.key"),
		Entry("flags in YAML", "- --cert\n- "+dir+"a.crt\n- --key\n- \""+dir+"a.key\"\n", "cert a.crt", "key a.key"),
		Entry("nginx", "ssl_certificate      "+dir+"a.crt;\nssl_certificate_key  "+dir+"a.key;\n", "ssl_certificate a.crt", "ssl_certificate_key a.key"),
		Entry("MySQL", "ssl-cert = "+dir+"a.crt\nssl-key = "+dir+"a.key\n", "ssl-cert a.crt", "ssl-key a.key"),
		Entry("camels", `sslCertificate: `+dir+"a.crt\nsslPrivateKey: "+dir+"a.key\n", "sslCertificate a.crt", "sslPrivateKey a.key"),
	)

	DescribeTable("do not include",
		func(input string) { Expect(clues(input)).To(Equal(found.Clues{})) },
		Entry("other files", "cert: /etc/a.crt\nkey: /etc/a.key\n"),
		Entry("a single file", "cert: "+dir+"a.crt\n"),
		Entry("other purposes", "log: "+dir+"a.log\npid: "+dir+"a.pid\ncp "+dir+"x "+dir+"y\n"),
		Entry("paths with variables or patterns", "cert: "+dir+"$A.crt\nkey: "+dir+"${B}.key\nkey: "+dir+"*.key\n"),
		Entry("lists", "certs: ["+dir+"a.crt, "+dir+"b.crt]\n"),
		Entry("lists of YAML", "certs:\n- "+dir+"a.crt\n- "+dir+"b.crt\n"),
		Entry("very long paths", "cert: "+dir+strings.Repeat("a", 300)+"\nkey: "+dir+strings.Repeat("b", 300)+"\n"),
		Entry("very long names", strings.Repeat("cert", 50)+": "+dir+"a\n"+strings.Repeat("key", 50)+": "+dir+"b\n"),
		Entry("the directory itself", "key: /var/vcap/jobs/\ncert: /var/vcap/jobs/"),
		Entry("very many", strings.Repeat("cert: "+dir+"a.crt\n", 129)),
	)

	It("distinguish mappings, but not those of flags", func() {
		of := func(input string) []int {
			var list []int
			for _, mention := range clues(strings.ReplaceAll(input, "@", dir)).Mentions {
				list = append(list, mention.Mapping)
			}
			return list
		}
		json := of(`{"a":{"cert":"@1","key":"@2"},"b":{"cert":"@3"}}`)
		Expect(json[0]).To(Equal(json[1]))
		Expect(json[0]).NotTo(Equal(json[2]))
		yaml := of("a:\n  cert: @1\n  key: @2\nb:\n  cert: @3\n")
		Expect(yaml[0]).To(Equal(yaml[1]))
		Expect(yaml[0]).NotTo(Equal(yaml[2]))
		Expect(of("args:\n- --cert=@1\n- --key=@2\n- --key\n- @3")).To(Equal([]int{0, 0, 0}))
		nginx := of("server { ssl_certificate @1;\n ssl_certificate_key @2; }\nserver { ssl_certificate_key @3; }")
		Expect(nginx[0]).To(Equal(nginx[1]))
		Expect(nginx[0]).NotTo(Equal(nginx[2]))
	})
})
