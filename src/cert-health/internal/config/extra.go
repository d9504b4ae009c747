package config

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/strict"
	"cert-health/internal/verdict"
)

// Extra are further files of one class, with thresholds of their own where these are set.
type Extra struct {
	discover.Extra `yaml:",inline"`
	// Class is not cert.FileClass, in which the class of files of jobs is empty: an operator
	// must write it.
	Class        string        `yaml:"class"` // job, vm, trust or identity
	Expiring     time.Duration `yaml:"expiring"`
	ExpiringSoon time.Duration `yaml:"expiring_soon"`
}

// classes returns the classes of further files, as the documentation lists them. The settings of
// bosh-agent are a built-in class only.
func classes() []string {
	return []string{"job", string(cert.VMFile), string(cert.TrustFile), string(cert.IdentityFile)}
}

func (e Extra) discover() discover.Extra {
	class := cert.FileClass(e.Class)
	if e.Class == "job" {
		class = cert.JobFile
	}
	return discover.Extra{Glob: e.Glob, Class: class}
}

func (e Extra) rule() verdict.Rule {
	return verdict.Rule{
		Scope:      verdict.Scope{File: e.Glob},
		Thresholds: verdict.Thresholds{Expiring: e.Expiring, ExpiringSoon: e.ExpiringSoon},
	}
}

func (v *validator) extra(where string, e Extra) {
	v.oneOf(where+".class", e.Class, classes())
	v.Check(where+".glob", checkExtra(e.Glob))
	switch limited := e.Expiring != 0 || e.ExpiringSoon != 0; {
	case limited && e.Class == string(cert.IdentityFile):
		v.Add("%s has a threshold, but instance identities are renewed shortly before they expire: remove the threshold", where)
	case e.Expiring != 0:
		v.ordered(where+".expiring_soon", e.rule().Thresholds)
	}
}

// checkExtra returns what is wrong with the glob of further files, or nil.
func checkExtra(pattern string) error {
	if err := strict.CheckGlob(pattern); err != nil {
		return err
	}
	directory, _ := strict.SplitGlob(pattern)
	switch {
	case !path.IsAbs(pattern) || directory == "/":
		return fmt.Errorf("%q would be searched for on the whole VM: begin it with a directory, as in /etc/ssl/**/*.pem", pattern)
	case directory == discover.JobsDir || strings.HasPrefix(directory, discover.JobsDir+"/"):
		return fmt.Errorf("%q is a file of a job, which is scanned anyway: to set thresholds for it, use rules", pattern)
	}
	return nil
}

func (v *validator) oneOf(where, word string, known []string) {
	if !slices.Contains(known, word) {
		v.Add("%s: %q is not known: use %s%s", where, word, strings.Join(known, ", "), strict.Hint(word, known))
	}
}
