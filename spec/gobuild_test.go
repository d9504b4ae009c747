package spec_test

import (
	"os"
	"os/exec"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"
)

var _ = Describe("scripts/go-build", func() {
	script, err := filepath.Abs(filepath.Join(root, "scripts", "go-build"))
	Expect(err).NotTo(HaveOccurred())
	var dir string
	BeforeEach(func() { dir = GinkgoT().TempDir() })

	write := func(name, contents string, mode os.FileMode) {
		GinkgoHelper()
		Expect(os.WriteFile(filepath.Join(dir, name), []byte(contents), mode)).To(Succeed())
	}
	start := func(environment ...string) *gexec.Session {
		GinkgoHelper()
		command := exec.Command(script, "tool", filepath.Join(dir, "tool"), "", ".")
		command.Dir, command.Env = dir, append(os.Environ(), environment...)
		session, err := gexec.Start(command, GinkgoWriter, GinkgoWriter)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { session.Kill().Wait() })
		return session
	}

	It("shows downloads and packages in one line, which it clears at the end", func() {
		wait := "until [ -e " + dir + "/$1.go-on ]; do sleep 0.05; done\n"
		write("go", "#!/bin/sh\ncase $1 in\n"+
			"list) echo 'go: downloading a v1' >&2; echo 'go: downloading b v1' >&2; "+wait+"echo a/b; echo c ;;\n"+
			"build) echo a/b >&2; "+wait+"echo c >&2 ;;\nesac\n", 0o755)
		session := start("PATH="+dir+":"+os.Getenv("PATH"), "PROGRESS=terminal")
		Eventually(session.Err, "20s").Should(gbytes.Say(`\r\x1b\[Ktool: downloading modules, 2 so far, 0:0\d`))
		write("list.go-on", "", 0o600)
		Eventually(session.Err, "20s").Should(gbytes.Say(`\r\x1b\[Ktool: 1 of 2 packages, 0:\d\d`))
		write("build.go-on", "", 0o600)
		Eventually(session, "20s").Should(gexec.Exit(0))
		Expect(string(session.Err.Contents())).To(HaveSuffix("\r\x1b[K"))
		Expect(string(session.Err.Contents())).NotTo(Or(ContainSubstring("go: downloading"), ContainSubstring("\n")))
	})

	It("prints the compiler's messages and fails when the build fails", func() {
		write("go.mod", "module broken\n\ngo 1.26\n", 0o600)
		write("main.go", "package main\n\nfunc main() { missing() }\n", 0o600)
		session := start("PROGRESS=lines")
		Eventually(session, "60s").Should(gexec.Exit(1))
		Expect(string(session.Err.Contents())).To(Equal("# broken\n./main.go:3:15: undefined: missing\ntool: the build failed; the reason is above\n"))
	})
})
