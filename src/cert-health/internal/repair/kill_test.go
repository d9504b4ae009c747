package repair_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/repair"
	"cert-health/internal/scenario"
)

// doomed is set for a process that repairs or undoes, and kills itself at a step. It gets its order on standard input.
const doomed = "CERT_HEALTH_REPAIR_DOOMED"

// order is what the doomed process does.
type order struct {
	Root             string
	Undo             bool
	Step             int // the step at which it is killed, from 1
	Old              cert.Fingerprint
	Certificate, Key string
}

// TestMain is the doomed process if it is asked to be.
func TestMain(m *testing.M) {
	if os.Getenv(doomed) == "" {
		os.Exit(m.Run())
	}
	if err := obey(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

func obey() error {
	var o order
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		return err
	}
	store, err := repair.Open(o.Root)
	if err != nil {
		return err
	}
	steps := 0
	store.Watch(func(string) {
		if steps++; steps == o.Step {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	})
	if o.Undo {
		j, err := store.Last()
		if err == nil {
			_, err = store.Undo(j)
		}
		return err
	}
	inventory, files, err := discover.ScanWithClues(context.Background(), discover.Options{Root: o.Root})
	if err != nil {
		return err
	}
	m, err := repair.Parse([]byte(o.Certificate), []byte(o.Key), "secret/x")
	if err != nil {
		return err
	}
	r, err := repair.Prepare(repair.VM{Root: o.Root, Inventory: inventory, Files: files, Now: time.Now()}, []repair.Target{{Old: o.Old, Material: m}})
	if err == nil {
		_, err = store.Apply(r, time.Now())
	}
	return err
}

// run runs the doomed process, and tells whether it was killed.
func (o order) run() (killed bool) {
	GinkgoHelper()
	input, err := json.Marshal(o)
	Expect(err).NotTo(HaveOccurred())
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), doomed+"=yes")
	command.Stdin = bytes.NewReader(input)
	out, err := command.CombinedOutput()
	failed := (*exec.ExitError)(nil)
	if errors.As(err, &failed) && failed.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return true
	}
	Expect(err).NotTo(HaveOccurred(), string(out))
	return false
}

var _ = Describe("a repair that is killed", func() {
	var p pki
	jobs := func(pair *scenario.Pair) map[string]scenario.Files {
		return map[string]scenario.Files{
			"rep":    {"tls.crt": pair.CertPEM(), "tls.key": pair.KeyPEM(), "ca.crt": p.ca.CertPEM()},
			"metron": {"c.yml": "cert: |\n" + scenario.Indent(pair.CertPEM(), "  ") + "key: |\n" + scenario.Indent(pair.KeyPEM(), "  "), "monit": ""},
		}
	}
	BeforeEach(func() { p = newPKI("rep", nil) })

	start := func() (vm, order, map[string]string) {
		GinkgoHelper()
		v := newVM(jobs(p.old))
		return v, order{Root: v.root, Old: p.old.Fingerprint(), Certificate: p.issued.CertPEM(), Key: p.issued.KeyPEM()}, v.everything()
	}
	// plain is the contents of all files by their paths on the VM. Temporary files have names that begin with a dot.
	renewed := func(v vm) {
		GinkgoHelper()
		for job, files := range jobs(p.issued) {
			for name, contents := range files {
				Expect(v.contents(job, name)).To(Equal(contents))
			}
		}
		for path := range v.everything() {
			Expect(filepath.Base(path)).NotTo(HavePrefix("."))
		}
	}
	again := func(v vm) {
		GinkgoHelper()
		store, err := repair.Open(v.root)
		Expect(err).NotTo(HaveOccurred())
		defer store.Close()
		_, _, err = store.Recover()
		Expect(err).NotTo(HaveOccurred())
		r, err := v.prepare(by(p.old, p.issued))
		if last, _ := store.Last(); last != nil { // all files were written before the end
			Expect(last.Progress).To(Equal(repair.Written))
			Expect(err).To(HaveOccurred())
			return
		}
		Expect(err).NotTo(HaveOccurred())
		_, err = store.Apply(r, v.now)
		Expect(err).NotTo(HaveOccurred())
	}
	undo := func(v vm) {
		GinkgoHelper()
		store, err := repair.Open(v.root)
		Expect(err).NotTo(HaveOccurred())
		defer store.Close()
		last, err := store.Last()
		Expect(err).NotTo(HaveOccurred())
		if last == nil {
			return // nothing had changed
		}
		outcome, err := store.Undo(last)
		Expect(err).NotTo(HaveOccurred())
		Expect(outcome.Foreign).To(BeEmpty())
		Expect(outcome.Found).To(BeEmpty())
	}

	It("at any step is ended by an undo, and by a second run", func() {
		steps := 0
		for step := 1; ; step++ {
			v, o, before := start()
			o.Step = step
			killed := o.run()
			undo(v)
			Expect(v.everything()).To(Equal(before), "step %d", step)

			v, o, _ = start()
			o.Step = step
			Expect(o.run()).To(Equal(killed))
			again(v)
			renewed(v)
			if !killed {
				break
			}
			steps++
		}
		Expect(steps).To(BeNumerically(">", 12))
	})

	It("at any step of the undo is ended by another undo, and by a second run", func() {
		for step := 1; ; step++ {
			v, o, before := start()
			Expect(o.run()).To(BeFalse())
			renewed(v)
			o.Undo, o.Step = true, step
			killed := o.run()
			undo(v)
			Expect(v.everything()).To(Equal(before), "step %d", step)
			if !killed {
				break
			}
		}
	})

	It("keeps a copy of what it cannot know", func() {
		v, o, _ := start()
		for o.Step = 1; ; o.Step++ {
			v, o.Root = newVM(jobs(p.old)), ""
			o.Root = v.root
			Expect(o.run()).To(BeTrue())
			left, err := filepath.Glob(filepath.Join(filepath.Dir(v.real("rep", "tls.crt")), ".*"))
			Expect(err).NotTo(HaveOccurred())
			j, err := os.ReadFile(firstJournal(v))
			if err == nil && strings.Contains(string(j), `"writing"`) && len(left) > 0 {
				Expect(os.WriteFile(left[0], []byte("of another process"), 0o600)).To(Succeed())
				break
			}
		}
		store := v.store()
		_, outcome, err := store.Recover()
		Expect(err).NotTo(HaveOccurred())
		Expect(outcome.Found).To(HaveLen(1))
		Expect(os.ReadFile(filepath.Join(v.root, outcome.Found[0]))).To(Equal([]byte("of another process")))
	})
})

func firstJournal(v vm) string {
	found, _ := filepath.Glob(filepath.Join(v.root, repair.Directory, "*", "journal.json"))
	if len(found) == 0 {
		return ""
	}
	return found[0]
}
