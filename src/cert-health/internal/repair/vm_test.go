package repair_test

import (
	"context"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/discover"
	"cert-health/internal/repair"
	"cert-health/internal/scenario"
)

// vm is a VM on disk.
type vm struct {
	root string
	now  time.Time
}

func newVM(jobs map[string]scenario.Files) vm {
	GinkgoHelper()
	v := vm{root: GinkgoT().TempDir(), now: time.Now()}
	v.deploy(jobs)
	return v
}

func (v vm) deploy(jobs map[string]scenario.Files) {
	GinkgoHelper()
	Expect(scenario.VM{Deployment: "cf", Group: "cell", ID: "0", Jobs: jobs}.Write(v.root)).To(Succeed())
}

// real is where a file of a job is on this machine.
func (v vm) real(job, name string) string {
	GinkgoHelper()
	path, err := discover.Resolve(v.root, filepath.Join(discover.JobsDir, job, name))
	Expect(err).NotTo(HaveOccurred())
	return path
}

func (v vm) contents(job, name string) string {
	GinkgoHelper()
	contents, err := os.ReadFile(v.real(job, name))
	Expect(err).NotTo(HaveOccurred())
	return string(contents)
}

func (v vm) scan() repair.VM {
	GinkgoHelper()
	inventory, files, err := discover.ScanWithClues(context.Background(), discover.Options{Root: v.root})
	Expect(err).NotTo(HaveOccurred())
	return repair.VM{Root: v.root, Inventory: inventory, Files: files, Now: v.now}
}

func (v vm) prepare(targets ...repair.Target) (*repair.Repair, error) {
	GinkgoHelper()
	return repair.Prepare(v.scan(), targets)
}

func (v vm) store() *repair.Store {
	GinkgoHelper()
	store, err := repair.Open(v.root)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(store.Close)
	return store
}

// by is the replacement of one pair by another one.
func by(old, issued *scenario.Pair, chain ...*scenario.Pair) repair.Target {
	GinkgoHelper()
	text := issued.CertPEM()
	for _, ca := range chain {
		text += ca.CertPEM()
	}
	m, err := repair.Parse([]byte(text), []byte(issued.KeyPEM()), "secret/x")
	Expect(err).NotTo(HaveOccurred())
	return repair.Target{Old: old.Fingerprint(), Material: m}
}

// everything is the contents of all files of the jobs, by path, with their modes.
func (v vm) everything() map[string]string {
	GinkgoHelper()
	all := map[string]string{}
	for _, dir := range []string{"var/vcap/jobs", "var/vcap/data/jobs"} {
		Expect(filepath.WalkDir(filepath.Join(v.root, dir), func(path string, entry os.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			contents, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			info, err := entry.Info()
			all[path] = info.Mode().String() + string(contents)
			return err
		})).To(Succeed())
	}
	return all
}

// pki is a CA, an expired leaf and the renewed one.
type pki struct{ ca, old, issued *scenario.Pair }

func newPKI(name string, change func(*scenario.Spec)) pki {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca of " + name, CA: true, NotBefore: time.Now().AddDate(-2, 0, 0), NotAfter: time.Now().AddDate(3, 0, 0)})
	spec := scenario.Spec{CommonName: name, SANs: []string{name + ".service.cf.internal"}, Issuer: ca}
	lapsed := spec
	lapsed.NotBefore, lapsed.NotAfter = time.Now().AddDate(-1, 0, 0), time.Now().Add(-time.Hour)
	if change != nil {
		change(&spec)
	}
	return pki{ca, scenario.Issue(lapsed), scenario.Issue(spec)}
}
