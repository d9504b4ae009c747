package discover_test

import (
	"context"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/scenario"
)

var _ = Describe("revocation lists", func() {
	var (
		root    string
		ca      *scenario.Pair
		scanner *discover.Scanner
		from    = time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
		until   = from.Add(7 * 24 * time.Hour)
	)

	BeforeEach(func() {
		root = GinkgoT().TempDir()
		ca = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		scanner = discover.NewScanner(discover.Options{Root: root})
		discover.SetClock(scanner, func() time.Time { return time.Now().Add(time.Minute) })
	})

	scan := func(files scenario.Files) *discover.Inventory {
		GinkgoHelper()
		Expect((&scenario.VM{Jobs: map[string]scenario.Files{"haproxy": files}}).Write(root)).To(Succeed())
		inventory, err := scanner.Scan(context.Background())
		Expect(err).NotTo(HaveOccurred())
		return inventory
	}
	armoured := func() string { return scenario.Armour("X509 CRL", ca.CRLBetween(from, until)) }

	DescribeTable("are found in every form",
		func(wrap func() string, line int) {
			inventory := scan(scenario.Files{"crl": wrap()})
			Expect(inventory.Problems).To(BeEmpty())
			Expect(inventory.CRLs).To(HaveLen(1))
			list := inventory.CRLs[0]
			Expect(list.Number.Int64()).To(BeEquivalentTo(1))
			list.Number = nil
			Expect(list).To(Equal(cert.DeployedCRL{Job: "haproxy", File: "/var/vcap/jobs/haproxy/crl",
				CRL: cert.CRL{Issuer: "CN=ca", ThisUpdate: from, NextUpdate: until, Line: line}}))
		},
		Entry("DER", func() string { return string(ca.CRLBetween(from, until)) }, 0),
		Entry("PEM", armoured, 1),
		Entry("after its CA", func() string { return "# CA and list\n" + armoured() }, 2),
		Entry("in YAML", func() string {
			return "tls:\n  crl: |\n    " + strings.ReplaceAll(strings.TrimSpace(armoured()), "\n", "\n    ") + "\n"
		}, 3),
		Entry("in JSON", func() string { return `{"crl": "` + strings.ReplaceAll(armoured(), "\n", `\n`) + `"}` }, 1),
		Entry("as base64", func() string { return "a: b\ncrl: " + base64.StdEncoding.EncodeToString([]byte(armoured())) }, 2),
	)

	It("are remembered while their file does not change, like certificates", func() {
		file := scenario.Files{"crl": ca.CertPEM() + armoured(), "list.crl": string(ca.CRLBetween(from, until))}
		Expect(scan(file).CRLs).To(HaveLen(2))
		discover.Poison(scanner)
		inventory, err := scanner.Scan(context.Background())
		Expect(err).NotTo(HaveOccurred())
		Expect(inventory.CRLs).To(HaveLen(2))
		Expect(inventory.Problems).To(BeEmpty())
	})

	It("are reported when they are damaged, with their line", func() {
		inventory := scan(scenario.Files{
			"cut.der": string(ca.CRLBetween(from, until)[:150]),
			"cut.pem": "\n" + armoured()[:200],
			"odd.pem": scenario.Armour("X509 CRL", ca.X509.Raw),
		})
		Expect(inventory.CRLs).To(BeEmpty())
		Expect(inventory.Problems).To(HaveLen(3))
		Expect(inventory.Problems[0].File).To(HaveSuffix("cut.der"))
		Expect(inventory.Problems[1].Line).To(Equal(2))
		Expect(inventory.Problems[1].Reason).To(Equal("its END line is missing"))
		Expect(inventory.Problems[2].Reason).To(HavePrefix("it is not a revocation list: "))
	})

	It("are found in files of openssl, also in a bundle with their CA", func() {
		if _, err := exec.LookPath("openssl"); err != nil {
			Skip("there is no openssl")
		}
		dir := GinkgoT().TempDir()
		for name, contents := range map[string]string{"ca.pem": ca.CertPEM(), "ca.key": ca.KeyPEM(), "index.txt": "", "number": "2A\n",
			"config": "[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\ndefault_md=sha256\ncrlnumber=number\n"} {
			Expect(os.WriteFile(filepath.Join(dir, name), []byte(contents), 0o600)).To(Succeed())
		}
		run := func(args ...string) {
			GinkgoHelper()
			command := exec.Command("openssl", args...)
			command.Dir = dir
			output, err := command.CombinedOutput()
			Expect(err).NotTo(HaveOccurred(), string(output))
		}
		run("ca", "-config", "config", "-gencrl", "-keyfile", "ca.key", "-cert", "ca.pem", "-crldays", "7", "-out", "list.pem")
		run("crl", "-in", "list.pem", "-outform", "DER", "-out", "list.der")
		run("crl2pkcs7", "-in", "list.pem", "-certfile", "ca.pem", "-out", "bundle.pem")
		run("crl2pkcs7", "-in", "list.pem", "-certfile", "ca.pem", "-outform", "DER", "-out", "bundle.der")
		files := scenario.Files{}
		for _, name := range []string{"list.pem", "list.der", "bundle.pem", "bundle.der"} {
			contents, err := os.ReadFile(filepath.Join(dir, name))
			Expect(err).NotTo(HaveOccurred())
			files[name] = string(contents)
		}
		inventory := scan(files)
		Expect(inventory.Problems).To(BeEmpty())
		Expect(inventory.CRLs).To(HaveLen(4))
		for _, list := range inventory.CRLs {
			Expect(list.Issuer).To(Equal("CN=ca"), list.File)
			Expect(list.NextUpdate.Sub(list.ThisUpdate)).To(Equal(7*24*time.Hour), list.File)
		}
	})
})
