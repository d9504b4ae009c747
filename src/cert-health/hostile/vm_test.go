package hostile_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

// vm is a VM below a directory of this test, and its agent, which runs without root's rights.
type vm struct {
	root, data, config string
	agent              *gexec.Session
}

func newVM() *vm {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	open(dir)
	v := &vm{root: filepath.Join(dir, "root"), data: filepath.Join(dir, "data"), config: filepath.Join(dir, "c.yml")}
	Expect(os.Mkdir(v.data, 0o755)).To(Succeed())
	own(v.data)
	v.configure("")
	return v
}

// own gives a directory and all in it to the agent's user.
func own(dir string) {
	GinkgoHelper()
	if os.Getuid() != 0 {
		return
	}
	Expect(filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, unprivilegedUser, unprivilegedUser)
	})).To(Succeed())
}

// configure writes the agent's configuration, with more top-level keys.
func (v *vm) configure(more string) {
	GinkgoHelper()
	text := fmt.Sprintf("agent: {data_dir: %s, scan_interval: 1s, compare_interval: 1s}\n%s", v.data, more)
	Expect(os.WriteFile(v.config, []byte(text), 0o644)).To(Succeed())
}

// deploy writes the files of a job, which every user may read.
func (v *vm) deploy(job string, files scenario.Files) {
	GinkgoHelper()
	machine := scenario.VM{Deployment: "cf", Group: "cell", ID: "0", Jobs: map[string]scenario.Files{job: files}}
	Expect(machine.Write(v.root)).To(Succeed())
	opened(v.root)
}

// opened lets every user read all files below a directory.
func opened(dir string) {
	GinkgoHelper()
	Expect(filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Type()&fs.ModeSymlink != 0 {
			return err
		}
		return os.Chmod(path, 0o755)
	})).To(Succeed())
}

// path is where a file of a job is.
func (v *vm) path(job, file string) string {
	GinkgoHelper()
	link, err := os.Readlink(filepath.Join(v.root, "var/vcap/jobs", job))
	Expect(err).NotTo(HaveOccurred())
	return filepath.Join(v.root, link, file)
}

// start starts the agent, which ends with the test.
func (v *vm) start() {
	GinkgoHelper()
	v.agent = v.run("agent", "--config", v.config, "--root", v.root)
	DeferCleanup(func() { v.agent.Kill().Wait(soon) })
}

// run starts a command line of cert-health, without root's rights.
func (v *vm) run(args ...string) *gexec.Session {
	GinkgoHelper()
	return start(unprivileged(), certHealth, args...)
}

// runAsRoot starts one with the rights of this test, which are root's in CI.
func (v *vm) runAsRoot(args ...string) *gexec.Session {
	GinkgoHelper()
	return start(nil, certHealth, args...)
}

func start(attributes *syscall.SysProcAttr, program string, args ...string) *gexec.Session {
	GinkgoHelper()
	command := exec.Command(program, args...)
	command.Env = []string{}
	command.SysProcAttr = attributes
	session, err := gexec.Start(command, GinkgoWriter, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	return session
}

// scan makes one scan and returns its report.
func (v *vm) scan(args ...string) *report.Report {
	GinkgoHelper()
	session := v.run(append([]string{"scan", "--root", v.root, "--config", v.config, "--format", "json"}, args...)...).Wait(2 * time.Minute)
	var r report.Report
	Expect(json.Unmarshal(session.Out.Contents(), &r)).To(Succeed(), string(session.Err.Contents()))
	return &r
}

// status returns the contents of a status file, unless something else is in its place.
func (v *vm) status(name string) func() string {
	return func() string {
		file := filepath.Join(v.data, "status", name)
		info, err := os.Lstat(file)
		if err != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 {
			return ""
		}
		contents, _ := os.ReadFile(file)
		return string(contents)
	}
}

// report returns the agent's last report.
func (v *vm) report() *report.Report {
	var r report.Report
	contents, err := os.ReadFile(filepath.Join(v.data, "report.json"))
	if err != nil || json.Unmarshal(contents, &r) != nil {
		return &report.Report{}
	}
	return &r
}

// scans waits for so many more scans of the agent.
func (v *vm) scans(n int) {
	GinkgoHelper()
	for range n {
		before := v.status("heartbeat")()
		Eventually(v.status("heartbeat"), soon, "20ms").ShouldNot(Equal(before))
	}
}

// log is what the agent has logged so far.
func (v *vm) log() string { return string(v.agent.Out.Contents()) }

// expired is a certificate that expired yesterday.
func expired(name string) *scenario.Pair {
	return scenario.Issue(scenario.Spec{CommonName: name, NotBefore: time.Now().AddDate(-1, 0, -1), NotAfter: time.Now().AddDate(0, 0, -1)})
}

// codes are the codes of all findings about certificates of a job.
func codes(r *report.Report, job string) (list []verdict.Code) {
	for _, c := range r.Certificates {
		if slices.ContainsFunc(c.Locations, func(l report.Location) bool { return l.Job == job }) {
			for _, f := range c.Findings {
				list = append(list, f.Code)
			}
		}
	}
	return list
}

// problems are the codes of all problems of a job.
func problems(r *report.Report, job string) (list []verdict.Code) {
	for _, p := range r.Problems {
		if p.Job == job {
			list = append(list, p.Code)
		}
	}
	return list
}
