package spec_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// files reads all files below a directory.
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

// expectShell expects that the shell can parse each rendered shell script and that
// shellcheck finds no fault.
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

// load gives the settings of a rendered job to the program's own loader, and returns
// its messages.
func load(j job, dir string) (string, error) {
	GinkgoHelper()
	switch j.Name {
	case "cert-health":
		return loadOfAgent(filepath.Join(dir, "config"))
	case "cert-health-alerts":
		return loadOfPlugin(filepath.Join(dir, "bin", "bosh-monitor", "cert-health-alerts"))
	case "cert-health-hub":
		return loadOfHub(filepath.Join(dir, "config"))
	}
	Fail("add here how the program loads the settings of " + j.Name)
	return "", nil
}

// loadOfAgent lets the agent check its configuration, which names files of the installed job.
func loadOfAgent(dir string) (string, error) {
	return run(program("cert-health"), "agent", "--check", "--config", moved(dir, "cert-health.yml", "/var/vcap/jobs/cert-health/config/"))
}

// loadOfHub lets the hub do the same.
func loadOfHub(dir string) (string, error) {
	return run(program("cert-health-hub"), "check", "--config", moved(dir, "hub.yml", "/var/vcap/jobs/cert-health-hub/config/"))
}

// moved copies a configuration, and lets it name the files of a directory in place of those of the installed job.
func moved(dir, name, installed string) string {
	GinkgoHelper()
	contents, err := os.ReadFile(filepath.Join(dir, name))
	Expect(err).NotTo(HaveOccurred())
	path := filepath.Join(GinkgoT().TempDir(), name)
	Expect(os.WriteFile(path, []byte(strings.ReplaceAll(string(contents), installed, dir+"/")), 0o600)).To(Succeed())
	return path
}

// loadOfPlugin runs the plugin's script, which contains the settings, with two
// changes: it starts the program of this tree, and it shows the program's messages.
func loadOfPlugin(script string) (string, error) {
	GinkgoHelper()
	contents, err := os.ReadFile(script)
	Expect(err).NotTo(HaveOccurred())
	const installed, silenced = "/var/vcap/packages/cert-health-alerts/bin/cert-health-alerts", "exec >/dev/null 2>&1\n"
	Expect(string(contents)).To(And(ContainSubstring(installed), ContainSubstring(silenced)))
	changed := strings.NewReplacer(installed, program("cert-health-alerts")+" --check", silenced, "").Replace(string(contents))
	path := filepath.Join(GinkgoT().TempDir(), "plugin")
	Expect(os.WriteFile(path, []byte(changed), 0o600)).To(Succeed())
	return run("bash", path)
}
