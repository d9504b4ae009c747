package pairing_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/extract/text"
	"cert-health/internal/pairing"
	"cert-health/internal/scenario"
)

// Three leaves with their keys, one of each algorithm, and a CA.
var (
	ca      = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	otherCA = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	a       = scenario.Issue(scenario.Spec{CommonName: "a", Key: scenario.RSA, Issuer: ca})
	b       = scenario.Issue(scenario.Spec{CommonName: "b", Issuer: ca})
	c       = scenario.Issue(scenario.Spec{CommonName: "c", Key: scenario.Ed25519, Issuer: ca})
)

// tree is the files of a VM by their paths. In them, A stands for the certificate of a, and a
// for its key; X and Y stand for the CAs, and x for X's key.
type tree map[string]string

const (
	jobs  = "/var/vcap/jobs/"
	certs = jobs + "rep/config/certs/"
)

// file replaces the letters in the contents of a file: <A> by PEM, {A} by a JSON string, |A by
// a block of YAML.
func file(text string) string {
	for letter, pem := range map[string]string{
		"A": a.CertPEM(), "B": b.CertPEM(), "C": c.CertPEM(), "X": ca.CertPEM(), "Y": otherCA.CertPEM(),
		"a": a.KeyPEM(), "b": b.KeyPEM(), "c": c.KeyPEM(), "x": ca.KeyPEM(),
		"a!": a.Locked()[0].PEM, "b!": b.Locked()[1].PEM,
	} {
		text = strings.ReplaceAll(text, "<"+letter+">", pem)
		text = strings.ReplaceAll(text, "{"+letter+"}", fmt.Sprintf("%q", pem))
		text = strings.ReplaceAll(text, "|"+letter+"\n", "|\n"+scenario.Indent(pem, "            "))
	}
	return text
}

func mismatches(files tree) []string {
	parser := text.Parser{Keys: true}
	var list []pairing.File
	var deployed []cert.Deployed
	names := map[cert.Fingerprint]string{}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		result, _ := parser.Parse([]byte(file(files[path])))
		for _, found := range result.Certificates {
			names[found.Certificate.Fingerprint] = found.Certificate.Name()
			at := slices.IndexFunc(deployed, func(d cert.Deployed) bool { return d.Certificate == found.Certificate })
			if at < 0 {
				at = len(deployed)
				deployed = append(deployed, cert.Deployed{Certificate: found.Certificate})
			}
			deployed[at].Locations = append(deployed[at].Locations, cert.Location{Job: "rep", File: path, Line: found.Line, Form: found.Form})
		}
		if result.Clues != nil {
			list = append(list, pairing.File{Job: "rep", Path: path, Certificates: result.Certificates, Clues: result.Clues})
		}
	}
	found := []string{}
	for _, m := range pairing.Mismatches(deployed, list) {
		Expect(m.At.Job + m.Key.Job).To(Equal("reprep"))
		found = append(found, fmt.Sprintf("%s: %s | %s", names[m.Certificate],
			strings.TrimPrefix(m.At.Place(), "rep config/certs/"), strings.TrimPrefix(m.Key.Place(), "rep config/certs/")))
	}
	return found
}

// names are those that a certificate's and a key's file have side by side.
var names = [][2]string{
	{"server.crt", "server.key"}, {"cert.pem", "key.pem"}, {"tls.crt", "tls.key"}, {"foo_cert.pem", "foo_key.pem"},
	{"certificate", "private_key"}, {"certificate.pem", "private_key.pem"}, {"foo-cert", "foo-key"}, {"foo-cert.pem", "foo.key"},
	{"director.pem", "director.key"}, {"server.public_cert", "server.private_key"}, {"nats_client_certificate.pem", "nats_client_private_key"},
	{"blobstore_public.crt", "blobstore_public.key"}, {"nats_cert_chain.crt", "nats_private_key.key"}, {"crt", "key"},
	{"client.crt", "client_private.key"}, {"client_certificate", "client_certificate_key"}, {"node-exporter-cert.pem", "node-exporter-key.pem"},
	{"forwarder.crt", "forwarder.key"},
	{"fullchain.pem", "privkey.pem"}, {"tlsCertificate.pem", "tlsPrivateKey.pem"}, {"server1.cer", "server1.p8"}, {"sslcert", "sslkey"},
	{"server-bundle.crt", "server.key"}, {"server.chained.crt", "server.key"}, {"server.pub", "server.priv"},
}

var _ = Describe("files side by side", func() {
	for _, pair := range names {
		It(fmt.Sprintf("are used together: %s and %s", pair[0], pair[1]), func() {
			Expect(mismatches(tree{certs + pair[0]: "<A>", certs + pair[1]: "<a>"})).To(BeEmpty())
			Expect(mismatches(tree{certs + pair[0]: "<A>", certs + pair[1]: "<b>"})).To(Equal([]string{"a: " + pair[0] + ":1 | " + pair[1] + ":1"}))
		})
	}

	DescribeTable("that are correct",
		func(files tree) { Expect(mismatches(files)).To(BeEmpty()) },
		Entry("a second pair of nearly the same name", tree{certs + "blobstore.crt": "<A>", certs + "blobstore.key": "<a>",
			certs + "blobstore_public.crt": "<B>", certs + "blobstore_public.key": "<b>"}),
		Entry("in other directories", tree{certs + "server.crt": "<A>", certs + "x/server.key": "<b>", jobs + "rep/server.key": "<b>"}),
		Entry("of other names", tree{certs + "server.crt": "<A>", certs + "client.key": "<b>", certs + "jwt.key": "<c>", certs + "key.pem": "<b>"}),
		Entry("a certificate and its chain", tree{certs + "server.crt": "<A><X>", certs + "server.key": "<a>"}),
		Entry("a peer's CA under a peer's name", tree{certs + "uaa_ca.crt": "<X>", certs + "uaa.key": "<b>"}),
		Entry("a bundle of CAs", tree{certs + "server.crt": "<X><Y>", certs + "server.key": "<b>"}),
		Entry("a CA and its key", tree{certs + "ca.crt": "<X>", certs + "ca.key": "<x>"}),
		Entry("a bundle beside the certificate", tree{certs + "server.crt": "<A>", certs + "server.pem": "<X>", certs + "server.key": "<a>"}),
		Entry("two certificates that could be meant", tree{certs + "server.crt": "<A>", certs + "server.pem": "<C>", certs + "server.key": "<b>"}),
		Entry("two certificates, one of which is", tree{certs + "server.crt": "<A>", certs + "server.pem": "<B>", certs + "server.key": "<b>"}),
		Entry("two keys that could be meant", tree{certs + "server.crt": "<A>", certs + "server.key": "<b>", certs + "server_private.pem": "<c>"}),
		Entry("as many of both", tree{certs + "server.crt": "<A>", certs + "server.pem": "<B>", certs + "server.key": "<c>", certs + "server.p8": "<x>"}),
		Entry("a file of keys", tree{certs + "server.crt": "<A>", certs + "server.key": "<b><c>"}),
		Entry("an empty certificate", tree{certs + "server.crt": "\n", certs + "server.key": "<b>"}),
		Entry("an empty key", tree{certs + "server.crt": "<A>", certs + "server.key": ""}),
		Entry("a key with a password", tree{certs + "server.crt": "<A>", certs + "server.key": "<b!>", certs + "a.crt": "<B>", certs + "a.key": "<a!>"}),
		Entry("a key that is broken", tree{certs + "server.crt": "<A>", certs + "server.key": "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"}),
		Entry("a key that is cut off", tree{certs + "server.crt": "<A>", certs + "server.key": b.KeyPEM()[:100]}),
		Entry("a broken certificate", tree{certs + "server.crt": a.CertPEM()[:300], certs + "server.key": "<b>"}),
		Entry("both in one file, and another beside", tree{certs + "server.pem": "<A><a>", certs + "server.key": "<b>"}),
		Entry("a store of leaves that are trusted", tree{certs + "server.crt": strings.Repeat("<A>--\n<B>--\n", 20), certs + "server.key": "<c>"}),
	)

	It("are used together if one CA stands alone", func() {
		Expect(mismatches(tree{certs + "instance_identity.crt": "<X>", certs + "instance_identity.key": "<b>"})).To(Equal(
			[]string{"ca: instance_identity.crt:1 | instance_identity.key:1"}))
	})

	It("are told one by one", func() {
		Expect(mismatches(tree{
			certs + "a.crt": "<A>", certs + "a.key": "<b>", certs + "b.crt": "# x\n<B><X>", certs + "b.key": "\n\n<a>",
			certs + "a.pem": "<A>", certs + "c.crt": "<C>", certs + "c.key": "<c>",
		})).To(Equal([]string{"a: a.crt:1 | a.key:1", "a: a.pem:1 | a.key:1", "b: b.crt:2 | b.key:3"}))
	})
})

var _ = Describe("what one file holds", func() {
	height := strings.Count(a.CertPEM(), "\n")

	DescribeTable("and is correct",
		func(text string) { Expect(mismatches(tree{certs + "f": text})).To(BeEmpty()) },
		Entry("a pair", "<A><a>"),
		Entry("a pair, the key first", "<a><A><X>"),
		Entry("a pair with text in between", "subject=CN = a\n<A>issuer\nBag Attributes\n<a>"),
		Entry("several pairs", "<A><a><B><b>--\n<C><c>"),
		Entry("a CA with its key", "<X><x>"),
		Entry("a bundle with somebody's key", "<X><Y><a>"),
		Entry("another certificate before its own", "<B><A><a>"),
		Entry("more keys than certificates", "<A>--\n<b>--\n<c>"),
		Entry("more certificates than keys", "<A>--\n<B>--\n<c>"),
		Entry("a CA that is trusted, and a key", "<X>--\n<b>"),
		Entry("a key with a password", "<A><b!>"),
		Entry("a pair in JSON", `{"server_cert": {A}, "ca_cert": {X}, "server_key": {a}}`),
		Entry("pairs in JSON", `{"server_cert": {A}, "client_cert": {B}, "server_key": {a}, "client_key": {b}}`),
		Entry("a pair beside a key for tokens", `{"cert": {A}, "key": {a}, "jwt_signing_key": {b}}`),
		Entry("a pinned certificate beside a key for tokens", `{"uaa_cert": {A}, "jwt_key": {b}}`),
		Entry("a pinned certificate in another mapping than the key", `{"uaa": {"cert": {A}}, "jwt": {"key": {b}}}`),
		Entry("the same in YAML", "uaa:\n  cert: |A\njwt:\n  key: |b\n"),
		Entry("pairs in YAML", "tls:\n- cert_chain: |A\n  private_key: |a\n- cert_chain: |B\n  private_key: |b\nnats:\n  cert: |C\n  key: |c\n"),
		Entry("a CA with its key in YAML", "ca:\n  certificate: |X\n  private_key: |x\n"),
		Entry("one named, the other not", "cert: |A\nkeys:\n- |b\n"),
		Entry("an SSH host key", `{"host_key": {b}, "bbs_cert": {A}}`),
	)

	DescribeTable("and is not",
		func(text string, expected ...string) { Expect(mismatches(tree{certs + "f": text})).To(Equal(expected)) },
		Entry("a pair", "<A><b>", fmt.Sprintf("a: f:1 | f:%d", 1+height)),
		Entry("a pair, the key first", "<b><A><X>", fmt.Sprintf("a: f:%d | f:1", 1+strings.Count(b.KeyPEM(), "\n"))),
		Entry("a chain with a key in its midst", "<A><b><X>", fmt.Sprintf("a: f:1 | f:%d", 1+height)),
		Entry("a pair with text in between", "<A>--\n<b>", fmt.Sprintf("a: f:1 | f:%d", 2+height)),
		Entry("a CA", "<X><a>", fmt.Sprintf("ca: f:1 | f:%d", 1+strings.Count(ca.CertPEM(), "\n"))),
		Entry("one of several pairs", "<A><a>--\n<B><c>",
			fmt.Sprintf("b: f:%d | f:%d", 2+height+strings.Count(a.KeyPEM(), "\n"), 2+height+strings.Count(a.KeyPEM()+b.CertPEM(), "\n"))),
		Entry("a pair in a JSON string", `{"pem": `+fmt.Sprintf("%q", a.CertPEM()+b.KeyPEM())+`}`, "a: f:1 | f:1"),
		Entry("a pair in JSON", `{"server_cert": {A}, "ca_cert": {X}, "server_key": {b}}`, "a: f:1 | f:1"),
		Entry("two pairs in JSON, crossed", `{"server_cert": {A}, "client_cert": {B}, "server_key": {b}, "client_key": {a}}`, "a: f:1 | f:1", "b: f:1 | f:1"),
		Entry("one of two in JSON", "{\"cert\": {A}, \"key\": {a},\n\"tls\": {\"cert\": {B}, \n\"key\": {c}}}", "b: f:2 | f:3"),
		Entry("a pair in YAML", "tls:\n  cert: |A\n  key: |b\n", fmt.Sprintf("a: f:3 | f:%d", 4+height)),
		Entry("one of a list in YAML", "- cert_chain: |A\n  private_key: |a\n- cert_chain: |B\n  private_key: |c\n",
			fmt.Sprintf("b: f:%d | f:%d", 4+strings.Count(a.CertPEM()+a.KeyPEM(), "\n"), 5+strings.Count(a.CertPEM()+a.KeyPEM()+b.CertPEM(), "\n"))),
		Entry("a pair in an environment", "A_CERT={A}\nA_KEY={b}\n", "a: f:1 | f:2"),
		Entry("a CA that names say to be the key's", `{"ca_cert": {X}, "ca_key": {b}}`, "ca: f:1 | f:1"),
		Entry("a pair in a script", "cat >c.crt <<E\n<A>E\ncat >c.key <<E\n<b>E\n", fmt.Sprintf("a: f:2 | f:%d", 4+height)),
		Entry("one of several in a script", "cat <<E\n<A>E\ncat <<E\n<a>E\ncat <<E\n<B>E\ncat <<E\n<c>E\n",
			fmt.Sprintf("b: f:%d | f:%d", 6+strings.Count(a.CertPEM()+a.KeyPEM(), "\n"), 8+strings.Count(a.CertPEM()+a.KeyPEM()+b.CertPEM(), "\n"))),
	)
})

var _ = Describe("files that another names together", func() {
	const json = `{"cert_file": "` + certs + `one.pem", "key_file": "` + certs + `two.pem"}`
	of := func(naming string, more tree) tree {
		files := tree{jobs + "rep/config/rep.json": naming}
		maps.Copy(files, more)
		return files
	}

	DescribeTable("and are not correct",
		func(naming string) {
			Expect(mismatches(of(naming, tree{certs + "one.pem": "<A><X>", certs + "two.pem": "<b>"}))).To(Equal([]string{"a: one.pem:1 | two.pem:1"}))
			Expect(mismatches(of(naming, tree{certs + "one.pem": "<A><X>", certs + "two.pem": "<a>"}))).To(BeEmpty())
		},
		Entry("in JSON", json),
		Entry("in JSON, with a CA", `{"server_cert_file": "`+certs+`one.pem", "server_key_file": "`+certs+`two.pem", "server_ca_file": "`+certs+`ca.pem"}`),
		Entry("in YAML", "tls:\n  certificate: "+certs+"one.pem\n  private_key: "+certs+"two.pem\n"),
		Entry("in an environment", "processes:\n- env:\n    AGENT_CERT_FILE_PATH: \""+certs+"one.pem\"\n    AGENT_KEY_FILE_PATH: \""+certs+"two.pem\"\n"),
		Entry("by flags", "exec server --tls-cert-file="+certs+"one.pem --tls-key-file "+certs+"two.pem\n"),
		Entry("by flags in a list", "args:\n- --tls-cert\n- "+certs+"one.pem\n- --tls-key\n- "+certs+"two.pem\n"),
		Entry("to nginx", "server {\n  ssl_certificate "+certs+"one.pem;\n  ssl_certificate_key "+certs+"two.pem;\n}\n"),
		Entry("again and again", json+"\n"+json+"\n"),
	)

	DescribeTable("and are correct",
		func(naming string, more tree) { Expect(mismatches(of(naming, more))).To(BeEmpty()) },
		Entry("in different mappings", `{"a": {"cert_file": "`+certs+`one.pem"}, "b": {"key_file": "`+certs+`two.pem"}}`, tree{certs + "one.pem": "<A>", certs + "two.pem": "<b>"}),
		Entry("by different names", `{"uaa_cert_file": "`+certs+`one.pem", "jwt_key_file": "`+certs+`two.pem"}`, tree{certs + "one.pem": "<A>", certs + "two.pem": "<b>"}),
		Entry("a CA and somebody's key", json, tree{certs + "one.pem": "<X>", certs + "two.pem": "<b>"}),
		Entry("files that are not there", json, tree{certs + "two.pem": "<b>"}),
		Entry("a certificate that holds its own key", json, tree{certs + "one.pem": "<A><a>", certs + "two.pem": "<b>"}),
		Entry("keys of which one fits", json, tree{certs + "one.pem": "<A>", certs + "two.pem": "<b><c>"}),
		Entry("two servers, each with its own", "server { ssl_certificate "+certs+"1;\nssl_certificate_key "+certs+"2; }\nserver { ssl_certificate "+certs+"3;\nssl_certificate_key "+certs+"4; }\n",
			tree{certs + "1": "<A>", certs + "2": "<a>", certs + "3": "<B>", certs + "4": "<b>"}),
		Entry("two commands, each with its own", "x --cert="+certs+"1 --key="+certs+"2\ny --cert="+certs+"3 --key="+certs+"4\n",
			tree{certs + "1": "<A>", certs + "2": "<a>", certs + "3": "<B>", certs + "4": "<b>"}),
		Entry("under other headings", "[server]\ncert_file = "+certs+"1\n[jwt]\nkey_file = "+certs+"2\n", tree{certs + "1": "<A>", certs + "2": "<b>"}),
		Entry("two commands, one with a certificate of somebody else", "x --cert="+certs+"1 --key="+certs+"2\ny --cert="+certs+"3\n",
			tree{certs + "1": "<A>", certs + "2": "<a>", certs + "3": "<B>"}),
	)

	It("speak against what their own names say", func() {
		files := of(`{"cert_file": "`+certs+`server.crt", "key_file": "`+certs+`real.key"}`,
			tree{certs + "server.crt": "<A>", certs + "server.key": "<b>", certs + "real.key": "<a>", certs + "real.crt": "<C>"})
		Expect(mismatches(files)).To(BeEmpty())
		files[certs+"server.crt"] = "<C>"
		Expect(mismatches(files)).To(Equal([]string{"c: real.crt:1 | real.key:1", "c: server.crt:1 | real.key:1"}))
	})
})

var _ = Describe("key stores", func() {
	It("have their keys in them", func() {
		deployed := []cert.Deployed{{Certificate: a.Noun(), Locations: []cert.Location{{File: "/x/server.pem", Line: 1, Form: cert.PEM}}}}
		result, _ := (&text.Parser{Keys: true}).Parse([]byte(b.KeyPEM()))
		files := []pairing.File{{Path: "/x/server.key", Clues: result.Clues}}
		Expect(pairing.Mismatches(deployed, files)).To(HaveLen(1))
		for _, form := range []cert.Form{cert.PKCS12, cert.JKS} {
			deployed[0].Locations[0].Form = form
			Expect(pairing.Mismatches(deployed, files)).To(BeEmpty())
		}
	})
})

var _ = Describe("certificates of an unknown algorithm", func() {
	It("are never said to have a wrong key", func() {
		parser := text.Parser{Keys: true}
		result, _ := parser.Parse([]byte(file("<A><b>")))
		Expect(pairing.Mismatches(nil, []pairing.File{{Certificates: result.Certificates, Clues: result.Clues}})).To(HaveLen(1))
		unknown := *result.Certificates[0].Certificate
		unknown.PublicKey = cert.KeyDigest{}
		result.Certificates[0].Certificate = &unknown
		Expect(pairing.Mismatches(nil, []pairing.File{{Certificates: result.Certificates, Clues: result.Clues}})).To(BeEmpty())
	})
})
