package discover_test

import (
	"context"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"software.sslmate.com/src/go-pkcs12"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/scenario"
)

var _ = Describe("Key stores", func() {
	var tree *storeTree
	var ca, other, leaf *scenario.Pair

	BeforeEach(func() {
		tree = newStoreTree()
		ca = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		other = scenario.Issue(scenario.Spec{CommonName: "other", CA: true})
		leaf = scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
	})

	It("hold certificates that Go programs refuse, which are read like the others", func() {
		irregular := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, Patch: func(tbs *scenario.Node) { tbs.At(1).Set(0x02, 0xfb) }})
		for name, contents := range map[string]string{"a.pem": irregular.CertPEM() + ca.CertPEM(), "b.der": string(irregular.X509.Raw),
			"c.p7b": string(pkcs7(irregular, ca)), "d.p12": keyStore("changeit", irregular, ca), "e.jks": jks("x", irregular),
			"f.yml": "a: " + base64.StdEncoding.EncodeToString([]byte(irregular.CertPEM())) + "\n"} {
			tree.deploy(name, contents)
		}
		inventory := tree.scan()
		Expect(inventory.Problems).To(BeEmpty())
		Expect(inventory.Deployed).To(HaveLen(2))
		for _, deployed := range inventory.Deployed {
			if deployed.Certificate.CA {
				Expect(deployed.Certificate.Refused).To(BeEmpty())
				continue
			}
			Expect(deployed.Locations).To(HaveLen(6))
			Expect(deployed.Certificate.Refused).To(Equal("Go programs refuse it: its serial number is negative"))
		}
	})

	DescribeTable("are read, whatever their name",
		func(name string, contents func() string, expected ...string) {
			tree.deploy(name, contents())
			inventory := tree.scan()
			Expect(inventory.Problems).To(BeEmpty())
			Expect(foundIn(inventory)).To(Equal(expected))
			Expect(inventory.Files).To(Equal(discover.Files{With: 1}))
		},
		Entry("PKCS #12 with a key and its chain, with a well-known password", "tls.p12",
			func() string { return keyStore("changeit", leaf, ca) },
			": leaf leaf in tls.p12:0 as pkcs12", ": ca ca in tls.p12:0 as pkcs12"),
		Entry("PKCS #12 named .jks, as current Java writes it", "cacerts.jks",
			func() string { return trustStore(pkcs12.Passwordless, "", ca, other) },
			"CA: trust ca in cacerts.jks:0 as pkcs12", "OTHER: trust other in cacerts.jks:0 as pkcs12"),
		Entry("JKS, whose certificates are not encrypted", "old.p12",
			func() string { return jks("uaa", leaf) }, "uaa: leaf leaf in old.p12:0 as jks"),
		Entry("PKCS #7", "bundle.p7b", func() string { return string(pkcs7(ca, other)) },
			": trust ca in bundle.p7b:0 as pkcs7", ": trust other in bundle.p7b:0 as pkcs7"),
		Entry("PKCS #7 in a text", "bundle.pem",
			func() string { return "# issued by\n" + armoured(pkcs7(ca)) }, ": ca ca in bundle.pem:2 as pkcs7"),
		Entry("PKCS #7 within YAML", "conf.yml",
			func() string { return "a: |\n  " + strings.ReplaceAll(armoured(pkcs7(ca, other)), "\n", "\n  ") },
			": trust ca in conf.yml:2 as pkcs7", ": trust other in conf.yml:2 as pkcs7"),
		Entry("PKCS #7 in a string of JSON", "conf.json",
			func() string { return fmt.Sprintf("{\n%q: %q}", "a", armoured(pkcs7(ca, other))) },
			": trust ca in conf.json:2 as pkcs7", ": trust other in conf.json:2 as pkcs7"),
		Entry("PKCS #7 in base64", "conf.b64",
			func() string { return base64.StdEncoding.EncodeToString([]byte(armoured(pkcs7(ca, other)))) },
			": trust ca in conf.b64:1 as pkcs7", ": trust other in conf.b64:1 as pkcs7"),
	)

	It("in a file with other certificates belong to the same file", func() {
		tree.deploy("x.pem", leaf.CertPEM()+leaf.KeyPEM()+armoured(pkcs7(ca, other)))
		inventory := tree.scan()
		Expect(inventory.Problems).To(BeEmpty())
		Expect(inventory.Deployed).To(HaveExactElements(
			HaveField("Role", cert.Leaf), HaveField("Role", cert.CA), HaveField("Role", cert.CA)))
	})

	It("that contain a message and no certificates are not a problem", func() {
		letter, err := asn1.Marshal(struct{ Type asn1.ObjectIdentifier }{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 3}})
		Expect(err).NotTo(HaveOccurred())
		tree.deploy("x.pem", armoured(letter))
		Expect(tree.scan().Problems).To(BeEmpty())
	})

	It("report the broken entry, and give the others", func() {
		tree.deploy("x.jks", strings.Replace(jks("uaa", leaf), "\x30\x82", "\x31\x82", 1))
		Expect(tree.scan().Problems).To(ConsistOf(And(HaveField("Kind", discover.Block), HaveField("Reason", HavePrefix(`the entry "uaa": `)))))
	})

	It("that are damaged are not reported as locked", func() {
		tree.deploy("x.p12", keyStore("changeit", leaf)[:500])
		Expect(tree.scan().Problems).To(ConsistOf(HaveField("Kind", discover.Block)))
		tree.deploy("x.p12", armoured(pkcs7(ca)[:300]))
		Expect(tree.scan().Problems).To(ConsistOf(And(HaveField("Kind", discover.Block), HaveField("Line", 1))))
	})

	It("are read whole or not at all", func() {
		tree.deploy("x.p12", keyStore("changeit", leaf))
		tree.options.MaxFileSize = 200
		inventory := tree.scan()
		Expect(inventory.Deployed).To(BeEmpty())
		Expect(inventory.Problems).To(ConsistOf(And(HaveField("Kind", discover.Limit),
			HaveField("Reason", "it is larger than max_file_size (200 bytes); such a file is only read as a whole, so it was not read"))))
	})

	It("with revocation lists have no certificates", func() {
		block, _ := pem.Decode([]byte(ca.CRL()))
		tree.deploy("x.crl", string(block.Bytes))
		tree.deploy("y.crl", ca.CRL())
		inventory := tree.scan()
		Expect(inventory.Problems).To(BeEmpty())
		Expect(inventory.Files).To(Equal(discover.Files{Without: 2}))
	})

	It("are inspected like any other file", func() {
		inventory := discover.Inspect(context.Background(), []string{tree.write("a.jks", keyStore("changeit", leaf)), tree.write("b.p12", keyStore(password, leaf))}, nil)
		Expect(foundIn(inventory)).To(Equal([]string{": leaf leaf in a.jks:0 as " + string(cert.PKCS12)}))
		Expect(inventory.Problems).To(ConsistOf(HaveField("Kind", discover.Locked)))
	})
})
