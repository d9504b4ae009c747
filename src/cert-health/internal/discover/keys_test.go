package discover_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/scenario"
)

var _ = Describe("private keys", func() {
	var (
		root    string
		a, b    *scenario.Pair
		scanner *discover.Scanner
	)

	BeforeEach(func() {
		root = GinkgoT().TempDir()
		a, b = scenario.Issue(scenario.Spec{CommonName: "a", Key: scenario.RSA}), scenario.Issue(scenario.Spec{CommonName: "b"})
		scanner = discover.NewScanner(discover.Options{Root: root})
		discover.SetClock(scanner, func() time.Time { return time.Now().Add(time.Minute) })
	})

	deploy := func(jobs map[string]scenario.Files) {
		GinkgoHelper()
		Expect(scenario.VM{Jobs: jobs}.Write(root)).To(Succeed())
	}
	mismatches := func() []cert.Mismatch {
		GinkgoHelper()
		inventory, err := scanner.Scan(context.Background())
		Expect(err).NotTo(HaveOccurred())
		Expect(inventory.Problems).To(BeEmpty())
		return inventory.Mismatches
	}
	const certs = "/var/vcap/jobs/rep/config/certs/"
	wrong := func() cert.Mismatch {
		return cert.Mismatch{Certificate: a.Fingerprint(),
			At:  cert.Location{Job: "rep", File: certs + "server.crt", Line: 1, Form: cert.PEM},
			Key: cert.Location{Job: "rep", File: certs + "server.key", Line: 2, Form: cert.PEM}}
	}

	It("are compared with the certificates that they are used with", func() {
		files := scenario.Files{"config/certs/server.crt": a.CertPEM(), "config/certs/server.key": "\n" + a.KeyPEM()}
		other := scenario.Files{"config/certs/server.crt": b.CertPEM(), "config/certs/server.key": b.KeyPEM()}
		deploy(map[string]scenario.Files{"rep": files, "bbs": other})
		Expect(mismatches()).To(BeEmpty())
		files["config/certs/server.key"] = "\n" + b.KeyPEM()
		deploy(map[string]scenario.Files{"rep": files, "bbs": other})
		Expect(mismatches()).To(Equal([]cert.Mismatch{wrong()}))
	})

	It("are compared across jobs if one names files of another", func() {
		deploy(map[string]scenario.Files{
			"rep": {"config/certs/server.crt": a.CertPEM()}, "bbs": {"private": b.KeyPEM()},
			"x": {"bin/x": "x --cert=" + certs + "server.crt --key=/var/vcap/jobs/bbs/private"},
		})
		Expect(mismatches()).To(HaveExactElements(HaveField("Key.File", "/var/vcap/jobs/bbs/private")))
	})

	It("are not read again from unchanged files, and Forget forgets their digests", func() {
		deploy(map[string]scenario.Files{"rep": {"config/certs/server.crt": a.CertPEM(), "config/certs/server.key": "\n" + b.KeyPEM()}})
		Expect(mismatches()).To(Equal([]cert.Mismatch{wrong()}))
		discover.Poison(scanner)
		Expect(mismatches()).To(Equal([]cert.Mismatch{wrong()}))
		scanner.Forget()
		inventory, err := scanner.Scan(context.Background())
		Expect(err).NotTo(HaveOccurred())
		Expect(inventory.Mismatches).To(BeEmpty())
	})

	It("are compared again when anything changes, also in files that are not remembered", func() {
		right := scenario.Files{"config/certs/server.crt": a.CertPEM(), "config/certs/server.key": "\n" + a.KeyPEM()}
		left := scenario.Files{"config/certs/server.crt": a.CertPEM()}
		half := scenario.Files{"config/certs/server.crt": a.CertPEM(), "config/certs/server.key": "\n" + b.KeyPEM()}
		for _, later := range []time.Duration{time.Minute, 0} {
			discover.SetClock(scanner, func() time.Time { return time.Now().Add(later) })
			for _, step := range []struct {
				files scenario.Files
				wrong int
			}{{right, 0}, {half, 1}, {left, 0}, {half, 1}, {half, 1}, {right, 0}} {
				deploy(map[string]scenario.Files{"rep": step.files})
				Expect(mismatches()).To(HaveLen(step.wrong))
				Expect(mismatches()).To(HaveLen(step.wrong))
			}
		}
	})

	It("are still found after Forget", func() {
		deploy(map[string]scenario.Files{"rep": {"config/certs/server.crt": a.CertPEM(), "config/certs/server.key": "\n" + b.KeyPEM()}})
		scanner.Forget()
		Expect(mismatches()).To(Equal([]cert.Mismatch{wrong()}))
	})

	It("do not make a file count as one with certificates or as unreadable", func() {
		deploy(map[string]scenario.Files{"rep": {"a": a.KeyPEM(), "b": a.Locked()[0].PEM, "c": a.KeyPEM()[:100], "d": "cert: " + certs + "x\nkey: " + certs + "y\n"}})
		inventory, err := scanner.Scan(context.Background())
		Expect(err).NotTo(HaveOccurred())
		Expect(inventory.Files).To(Equal(discover.Files{Without: 4}))
		Expect(inventory.Problems).To(BeEmpty())
	})

	It("are inspected like certificates", func() {
		crt, key := filepath.Join(root, "x.crt"), filepath.Join(root, "x.key")
		Expect(os.WriteFile(crt, []byte(a.CertPEM()), 0o600)).To(Succeed())
		Expect(os.WriteFile(key, []byte(b.KeyPEM()), 0o600)).To(Succeed())
		Expect(discover.Inspect(context.Background(), []string{crt, key}, nil).Mismatches).To(HaveLen(1))
		Expect(discover.Inspect(context.Background(), []string{discover.Stdin}, strings.NewReader(a.CertPEM()+b.KeyPEM())).Mismatches).To(HaveLen(1))
		Expect(discover.Inspect(context.Background(), []string{discover.Stdin}, strings.NewReader(a.CertPEM()+a.KeyPEM())).Mismatches).To(BeEmpty())
	})
})
