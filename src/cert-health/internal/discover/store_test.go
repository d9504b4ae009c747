package discover_test

import (
	"context"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
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

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
)

// password is not among the known passwords.
const password = "s3cret-pa$sword"

// trustStore is PKCS #12 as Java writes it, the certificates under their names in capitals.
func trustStore(encoder *pkcs12.Encoder, password string, pairs ...*scenario.Pair) string {
	GinkgoHelper()
	var entries []pkcs12.TrustStoreEntry
	for _, pair := range pairs {
		entries = append(entries, pkcs12.TrustStoreEntry{
			Cert: pair.X509, FriendlyName: strings.ToUpper(pair.X509.Subject.CommonName),
		})
	}
	data, err := encoder.EncodeTrustStoreEntries(entries, password)
	Expect(err).NotTo(HaveOccurred())
	return string(data)
}

// keyStore is PKCS #12 with a private key.
func keyStore(password string, leaf *scenario.Pair, issuers ...*scenario.Pair) string {
	GinkgoHelper()
	block, _ := pem.Decode([]byte(leaf.KeyPEM()))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	Expect(err).NotTo(HaveOccurred())
	var chain []*x509.Certificate
	for _, issuer := range issuers {
		chain = append(chain, issuer.X509)
	}
	data, err := pkcs12.Modern2023.Encode(key, leaf.X509, chain, password)
	Expect(err).NotTo(HaveOccurred())
	return string(data)
}

// jks is what Java wrote before it wrote PKCS #12, with one trusted certificate.
func jks(alias string, pair *scenario.Pair) string {
	text := func(s string) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...) }
	return string(slices.Concat([]byte("\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02"),
		text(alias), make([]byte, 8), text("X.509"),
		binary.BigEndian.AppendUint32(nil, uint32(len(pair.X509.Raw))), pair.X509.Raw, make([]byte, 20)))
}

// pkcs7 is a bundle as `openssl crl2pkcs7 -nocrl -outform DER` makes it.
func pkcs7(pairs ...*scenario.Pair) []byte {
	GinkgoHelper()
	field := func(class, tag int, parts ...[]byte) []byte {
		data, err := asn1.Marshal(asn1.RawValue{Class: class, Tag: tag, IsCompound: true, Bytes: slices.Concat(parts...)})
		Expect(err).NotTo(HaveOccurred())
		return data
	}
	oid := func(last int) []byte {
		data, err := asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, last})
		Expect(err).NotTo(HaveOccurred())
		return data
	}
	var certificates []byte
	for _, pair := range pairs {
		certificates = append(certificates, pair.X509.Raw...)
	}
	const universal, context = asn1.ClassUniversal, asn1.ClassContextSpecific
	signed := field(universal, asn1.TagSequence, []byte{2, 1, 1}, field(universal, asn1.TagSet),
		field(universal, asn1.TagSequence, oid(1)), field(context, 0, certificates), field(universal, asn1.TagSet))
	return field(universal, asn1.TagSequence, oid(2), field(context, 0, signed))
}

func armoured(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: der}))
}

var _ = Describe("Key stores", func() {
	var (
		root            string
		ca, other, leaf *scenario.Pair
		options         discover.Options
	)

	BeforeEach(func() {
		root = GinkgoT().TempDir()
		options = discover.Options{Root: root}
		ca = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		other = scenario.Issue(scenario.Spec{CommonName: "other", CA: true})
		leaf = scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
	})

	write := func(path, contents string) string {
		GinkgoHelper()
		full := filepath.Join(root, path)
		Expect(os.MkdirAll(filepath.Dir(full), 0o755)).To(Succeed())
		Expect(os.WriteFile(full, []byte(contents), 0o640)).To(Succeed())
		return full
	}
	// deploy puts a store where the job uaa has its files.
	deploy := func(name, contents string) { GinkgoHelper(); write("var/vcap/jobs/uaa/config/"+name, contents) }
	// found says where all certificates are: "CA: ca ca in a.jks:0 as jks".
	found := func(inventory *discover.Inventory) []string {
		list := []string{}
		for _, deployed := range inventory.Deployed {
			for _, l := range deployed.Locations {
				list = append(list, fmt.Sprintf("%s: %s %s in %s:%d as %s", l.Alias, deployed.Role,
					deployed.Certificate.Name(), filepath.Base(l.File), l.Line, l.Form))
			}
		}
		return list
	}
	scan := func() *discover.Inventory {
		GinkgoHelper()
		inventory, err := discover.Scan(context.Background(), options)
		Expect(err).NotTo(HaveOccurred())
		return inventory
	}
	locked := func(inventory *discover.Inventory) {
		GinkgoHelper()
		Expect(inventory.Files).To(Equal(discover.Files{Unreadable: 1}))
		Expect(inventory.Problems).To(ConsistOf(And(HaveField("Kind", discover.Locked),
			HaveField("Reason", ContainSubstring("no known password opens it")))))
		Expect(fmt.Sprint(inventory.Problems)).NotTo(ContainSubstring(password))
	}

	It("hold certificates that Go programs refuse, which are read like the others", func() {
		irregular := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, Patch: func(tbs *scenario.Node) { tbs.At(1).Set(0x02, 0xfb) }})
		for name, contents := range map[string]string{"a.pem": irregular.CertPEM() + ca.CertPEM(), "b.der": string(irregular.X509.Raw),
			"c.p7b": string(pkcs7(irregular, ca)), "d.p12": keyStore("changeit", irregular, ca), "e.jks": jks("x", irregular),
			"f.yml": "a: " + base64.StdEncoding.EncodeToString([]byte(irregular.CertPEM())) + "\n"} {
			deploy(name, contents)
		}
		inventory := scan()
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
			deploy(name, contents())
			inventory := scan()
			Expect(inventory.Problems).To(BeEmpty())
			Expect(found(inventory)).To(Equal(expected))
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
		deploy("x.pem", leaf.CertPEM()+leaf.KeyPEM()+armoured(pkcs7(ca, other)))
		inventory := scan()
		Expect(inventory.Problems).To(BeEmpty())
		Expect(inventory.Deployed).To(HaveExactElements(
			HaveField("Role", cert.Leaf), HaveField("Role", cert.CA), HaveField("Role", cert.CA)))
	})

	It("that contain a message and no certificates are not a problem", func() {
		letter, err := asn1.Marshal(struct{ Type asn1.ObjectIdentifier }{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 3}})
		Expect(err).NotTo(HaveOccurred())
		deploy("x.pem", armoured(letter))
		Expect(scan().Problems).To(BeEmpty())
	})

	It("report the broken entry, and give the others", func() {
		deploy("x.jks", strings.Replace(jks("uaa", leaf), "\x30\x82", "\x31\x82", 1))
		Expect(scan().Problems).To(ConsistOf(And(HaveField("Kind", discover.Block), HaveField("Reason", HavePrefix(`the entry "uaa": `)))))
	})

	It("that are damaged are not reported as locked", func() {
		deploy("x.p12", keyStore("changeit", leaf)[:500])
		Expect(scan().Problems).To(ConsistOf(HaveField("Kind", discover.Block)))
		deploy("x.p12", armoured(pkcs7(ca)[:300]))
		Expect(scan().Problems).To(ConsistOf(And(HaveField("Kind", discover.Block), HaveField("Line", 1))))
	})

	It("are read whole or not at all", func() {
		deploy("x.p12", keyStore("changeit", leaf))
		options.MaxFileSize = 200
		inventory := scan()
		Expect(inventory.Deployed).To(BeEmpty())
		Expect(inventory.Problems).To(ConsistOf(And(HaveField("Kind", discover.Limit),
			HaveField("Reason", "it is larger than max_file_size (200 bytes); such a file is only read as a whole, so it was not read"))))
	})

	It("with revocation lists have no certificates", func() {
		block, _ := pem.Decode([]byte(ca.CRL()))
		deploy("x.crl", string(block.Bytes))
		deploy("y.crl", ca.CRL())
		inventory := scan()
		Expect(inventory.Problems).To(BeEmpty())
		Expect(inventory.Files).To(Equal(discover.Files{Without: 2}))
	})

	It("with an unknown password are locked", func() {
		deploy("x.p12", keyStore(password, leaf))
		locked(scan())
	})

	DescribeTable("are opened by the password that the configuration names",
		func(p keystore.Password) {
			deploy("x.p12", keyStore(password, leaf))
			write("var/vcap/data/uaa/password", password+"\n")
			write("var/vcap/jobs/uaa/bin/start", "#!/bin/bash\nexport STORE_PASSWORD='"+password+"'\nexec java\n")
			options.Passwords = []keystore.Password{{Glob: "**/*.jks", Literal: secret.New("of others")}, p}
			inventory := scan()
			Expect(inventory.Problems).To(BeEmpty())
			Expect(found(inventory)).To(Equal([]string{": leaf leaf in x.p12:0 as pkcs12"}))
		},
		Entry("itself", keystore.Password{Glob: "/var/vcap/jobs/uaa/**", Literal: secret.New(password)}),
		Entry("in a file", keystore.Password{Glob: "**/*.p12", File: "/var/vcap/data/uaa/password"}),
		Entry("in a start script", keystore.Password{Glob: "**/*.p12", Script: "/var/vcap/jobs/uaa/bin/start", Variable: "STORE_PASSWORD"}),
	)

	It("report why a password is missing, and never block", func() {
		deploy("x.p12", keyStore(password, leaf))
		write("var/vcap/data/x", "")
		Expect(syscall.Mkfifo(filepath.Join(root, "var/vcap/data/fifo"), 0o600)).To(Succeed())
		options.Passwords = []keystore.Password{
			{Glob: "**/*.p12", File: "/var/vcap/data/none"}, {Glob: "**/*.p12", File: "/var/vcap/data/fifo"},
		}
		inventory := scan()
		locked(inventory)
		Expect(inventory.Problems[0].Reason).To(And(
			ContainSubstring("read the password in /var/vcap/data/none: it does not exist"),
			ContainSubstring("read the password in /var/vcap/data/fifo: it is not a regular file")))
	})

	Describe("between two scans", func() {
		var scanner *discover.Scanner
		again := func() *discover.Inventory {
			GinkgoHelper()
			inventory, err := scanner.Scan(context.Background())
			Expect(err).NotTo(HaveOccurred())
			return inventory
		}
		BeforeEach(func() {
			deploy("x.p12", keyStore(password, leaf))
			write("var/vcap/data/password", "yesterday's")
			options.Passwords = []keystore.Password{{Glob: "**/*.p12", File: "/var/vcap/data/password"}}
			scanner = discover.NewScanner(options)
			discover.SetClock(scanner, func() time.Time { return time.Now().Add(time.Minute) })
			locked(again())
		})

		It("are not read again while neither they nor their passwords change", func() {
			discover.Poison(scanner)
			locked(again())
		})

		It("are tried again with a new password, and then remembered", func() {
			write("var/vcap/data/password", password)
			Expect(found(again())).To(HaveLen(1))
			discover.Poison(scanner)
			write("var/vcap/data/password", "tomorrow's")
			Expect(found(again())).To(HaveLen(1), "what is open needs no password")
		})
	})

	It("are inspected like any other file", func() {
		inventory := discover.Inspect(context.Background(), []string{write("a.jks", keyStore("changeit", leaf)), write("b.p12", keyStore(password, leaf))}, nil)
		Expect(found(inventory)).To(Equal([]string{": leaf leaf in a.jks:0 as " + string(cert.PKCS12)}))
		Expect(inventory.Problems).To(ConsistOf(HaveField("Kind", discover.Locked)))
	})
})
