package hostile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"cert-health/internal/scenario"
)

// replacements are what a process of the agent's user can put in the place of a state file.
// secret is a file that only root may read.
func replacements(secret string) map[string]func(path string) error {
	write := func(contents string) func(string) error {
		return func(path string) error { return os.WriteFile(path, []byte(contents), 0o644) }
	}
	return map[string]func(path string) error{
		"a link to a file of root": func(path string) error { return os.Symlink(secret, path) },
		"a FIFO":                   func(path string) error { return syscall.Mkfifo(path, 0o666) },
		"a device":                 func(path string) error { return os.Symlink("/dev/zero", path) },
		"a directory":              func(path string) error { return os.Mkdir(path, 0o755) },
		"an empty file":            write(""),
		"half a file":              write(`{"schema":1,"certificates":[{"name":"x"`),
		"null everywhere":          write(`{"schema":1,"instance":null,"certificates":[null,{"locations":null,"findings":[null]}],"problems":[null],"served":{"shown":[null]}}`),
		"a file of another kind":   write(`{"schema":1,"certificates":[{"name":"x","locations":[],"findings":[{"steps":[{}]}]}],"alerts":{"expired":{"at":"9999-01-01T00:00:00Z"}}}`),
		"escape sequences": write(`{"schema":1,"instance":{"deployment":"\u001b]0;x\u0007","group":"g\u009b2J"},"certificates":[{"name":"\u001b[2J\u202e","subject":"CN=\u001b[2J",` +
			`"role":"\u001b[2J","locations":[{"job":"\u001b[2J","file":"/x\u001b[2J\ny","form":"\u001b[2J"}],"findings":[{"code":"expired\u001b[2J","severity":"critical","message":"\u001b[2J\r",` +
			`"why":"\u0008","next":"\u001b[2J","steps":[{"run":["\u001b[2J","a\nb"]},{"do":"\u001b[2J"}]}]}],"problems":[{"code":"unreadable","severity":"error","about":"\u001b[2J","file":"\u001b[2J","message":"\u001b[2J"}]}`),
		"a file of 3 GB": func(path string) error {
			if err := os.WriteFile(path, []byte("{"), 0o644); err != nil {
				return err
			}
			return os.Truncate(path, 3<<30)
		},
	}
}

// printable tells whether text has no character that a terminal obeys.
func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) })
}

var _ = Describe("the state files, changed by a process of the agent's user", func() {
	var (
		v      *vm
		secret string
	)

	BeforeEach(func() {
		v = newVM()
		v.deploy("honest", scenario.Files{"config/server.pem": expired("honest.internal").CertPEM()})
		secret = filepath.Join(GinkgoT().TempDir(), "secret")
		Expect(os.WriteFile(secret, []byte("{\"name\": \"TOP-SECRET\"}\nTOP-SECRET\n"), 0o600)).To(Succeed())
	})

	for name := range replacements("") {
		It("neither hang nor deceive root's terminal: status shows "+name, func() {
			Expect(os.Mkdir(filepath.Join(v.data, "status"), 0o777)).To(Succeed())
			for _, file := range []string{"report.json", "status/heartbeat", "lock", "memory.json"} {
				Expect(replacements(secret)[name](filepath.Join(v.data, file))).To(Succeed())
			}
			session := v.runAsRoot("status", "--config", v.config)
			Eventually(session, soon).Should(gexec.Exit(2))
			said := string(session.Out.Contents()) + string(session.Err.Contents())
			Expect(said).To(Satisfy(printable))
			Expect(said).NotTo(ContainSubstring("TOP-SECRET"))
			Expect(said).NotTo(ContainSubstring("goroutine"))
		})

		It("do not stop the agent, and it writes to no other file: "+name, func() {
			Expect(os.Mkdir(filepath.Join(v.data, "status"), 0o777)).To(Succeed())
			for _, file := range []string{"report.json", "memory.json", "sight.json", "status/expired", "status/heartbeat"} {
				if name == "a directory" && file != "memory.json" && file != "sight.json" {
					continue // the agent cannot replace it, and says so
				}
				Expect(replacements(secret)[name](filepath.Join(v.data, file))).To(Succeed())
			}
			own(v.data)
			v.start()
			Eventually(v.status("expired"), soon).Should(ContainSubstring("honest.internal"))
			v.scans(1)
			Expect(os.ReadFile(secret)).To(BeEquivalentTo("{\"name\": \"TOP-SECRET\"}\nTOP-SECRET\n"))
			Expect(v.log()).To(Satisfy(printable))
			Expect(v.log()).NotTo(ContainSubstring("TOP-SECRET"))
			Expect(bytes.Count(v.agent.Out.Contents(), []byte("\n"))).To(BeNumerically("<", 20))
		})
	}
})
