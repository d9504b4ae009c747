package spec_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// files reads all files below a folder.
func files(dir string) map[string]string {
	GinkgoHelper()
	contents := map[string]string{}
	Expect(filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		bytes, err := os.ReadFile(path)
		contents[path] = string(bytes)
		return err
	})).To(Succeed())
	return contents
}

// expectShell expects of each rendered shell script that its shell can parse it
// and that shellcheck has no complaint.
func expectShell(dir string) {
	GinkgoHelper()
	for path, contents := range files(dir) {
		first, _, _ := strings.Cut(contents, "\n")
		if strings.HasPrefix(first, "#!") && strings.HasSuffix(first, "sh") {
			shell := strings.TrimPrefix(first, "#!")
			out, err := run(shell, "-n", path)
			Expect(err).NotTo(HaveOccurred(), out)
			out, err = run("shellcheck", path)
			Expect(err).NotTo(HaveOccurred(), out)
		}
	}
}

// load hands the settings in a rendered job to the program's own strict loader,
// and returns its complaint.
func load(j job, dir string) (string, error) {
	GinkgoHelper()
	switch j.Name {
	case "cert-health":
		return run(program("cert-health"), "agent", "--check", "--config", filepath.Join(dir, "config", "cert-health.yml"))
	case "cert-health-alerts":
		return loadOfPlugin(filepath.Join(dir, "bin", "bosh-monitor", "cert-health-alerts"))
	}
	Fail("nobody knows how the settings of " + j.Name + " are loaded: say it here")
	return "", nil
}

// loadOfPlugin runs the plugin's script, which holds the settings, with two
// changes: it starts the program of this tree, and lets it say what it thinks.
func loadOfPlugin(script string) (string, error) {
	GinkgoHelper()
	contents, err := os.ReadFile(script)
	Expect(err).NotTo(HaveOccurred())
	const installed, silence = "/var/vcap/packages/cert-health-alerts/bin/cert-health-alerts", "exec >/dev/null 2>&1\n"
	Expect(string(contents)).To(And(ContainSubstring(installed), ContainSubstring(silence)))
	changed := strings.NewReplacer(installed, program("cert-health-alerts")+" --check", silence, "").Replace(string(contents))
	path := filepath.Join(GinkgoT().TempDir(), "plugin")
	Expect(os.WriteFile(path, []byte(changed), 0o600)).To(Succeed())
	return run("bash", path)
}
