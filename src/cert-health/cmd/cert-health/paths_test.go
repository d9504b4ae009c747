package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

var _ = Describe("paths on any machine", func() {
	var (
		dir           string
		leaf, expired *scenario.Pair
	)

	BeforeEach(func() {
		dir = GinkgoT().TempDir()
		leaf = scenario.Issue(scenario.Spec{CommonName: "leaf"})
		expired = scenario.Issue(scenario.Spec{CommonName: "old", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)})
	})

	write := func(path, contents string) string {
		GinkgoHelper()
		full := filepath.Join(dir, path)
		Expect(os.MkdirAll(filepath.Dir(full), 0o755)).To(Succeed())
		Expect(os.WriteFile(full, []byte(contents), 0o600)).To(Succeed())
		return full
	}

	It("are scanned and inspected, files and directories", func() {
		file := write("certs/deep/a.pem", expired.CertPEM())
		kubeconfig := write("kubeconfig", leaf.CertPEM())
		for _, command := range []string{"scan", "inspect"} {
			o := call(nil, command, filepath.Dir(filepath.Dir(file)), kubeconfig, "--format", "json")
			Expect(o.code).To(Equal(exitFindings), command)
			Expect(o.report().Summary.Certificates).To(Equal(2))
			Expect(o.report().Summary.ByCode).To(Equal(map[verdict.Code]int{verdict.Expired: 1}))
			Expect(o.report().Certificates[0].Locations[0].File).To(Equal(file))
		}
		Expect(call(nil, "scan", kubeconfig).code).To(Equal(exitOK))
	})

	It("may be relative to the working directory", func() {
		write("certs/a.pem", leaf.CertPEM())
		GinkgoT().Chdir(dir)
		Expect(call(nil, "scan", "certs", "--format", "json").report().Summary.Certificates).To(Equal(1))
		Expect(call(nil, "inspect", "certs", "--format", "json").report().Summary.Certificates).To(Equal(1))
	})

	It("are below the root, if there is one", func() {
		write("etc/ssl/a.pem", leaf.CertPEM())
		for _, path := range []string{"/etc/ssl", "etc/ssl"} {
			Expect(call(nil, "scan", "--root", dir, path, "--format", "json").report().Certificates[0].Locations[0].File).To(Equal("/etc/ssl/a.pem"))
		}
	})

	It("are reported in one line if they are missing, and the others are checked", func() {
		file := write("a.pem", leaf.CertPEM())
		for _, command := range []string{"scan", "inspect"} {
			o := call(nil, command, file, filepath.Join(dir, "a.pom"))
			Expect(o.code).To(Equal(exitFailed))
			Expect(o.err).To(Equal(fmt.Sprintf("cert-health: there is no %s; did you mean %s?\n", filepath.Join(dir, "a.pom"), file)))
			Expect(o.out).NotTo(ContainSubstring("a.pom"))
			Expect(o.out).To(ContainSubstring("1 certificate in 1 file"))
		}
	})

	It("fail without any file, because nothing was checked", func() {
		Expect(os.MkdirAll(filepath.Join(dir, "empty"), 0o755)).To(Succeed())
		Expect(os.MkdirAll(filepath.Join(dir, "vm/var/vcap/jobs"), 0o755)).To(Succeed())
		for _, args := range [][]string{{"scan", filepath.Join(dir, "empty")}, {"inspect", filepath.Join(dir, "empty")}, {"scan", "--root", filepath.Join(dir, "vm")}} {
			o := call(nil, args...)
			Expect(o.code).To(Equal(exitFailed), strings.Join(args, " "))
			Expect(o.out).To(BeEmpty())
			Expect(o.err).To(ContainSubstring("there are no files in "))
		}
	})

	It("give the same report for every way to write a root", func() {
		Expect(scenario.VM{Jobs: map[string]scenario.Files{"web": {"config/a.pem": leaf.CertPEM()}}}.Write(filepath.Join(dir, "vm1"))).To(Succeed())
		Expect(os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755)).To(Succeed())
		Expect(os.Symlink(filepath.Join(dir, "a", "b"), filepath.Join(dir, "b"))).To(Succeed())
		Expect(os.Symlink("vm1", filepath.Join(dir, "vm"))).To(Succeed())
		GinkgoT().Chdir(filepath.Join(dir, "a"))
		for _, root := range []string{filepath.Join(dir, "vm1"), "../vm1", "../a/../vm1/", "../vm", "../b/../../vm1"} {
			o := call(nil, "scan", "--root", root, "--format", "json")
			Expect(o.err).To(BeEmpty(), root)
			Expect(o.report().Certificates[0].Locations[0].File).To(Equal("/var/vcap/jobs/web/config/a.pem"), root)
		}
	})
})
