package config

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/strict"
	"cert-health/internal/verdict"
)

// Extra are further files of one class, with thresholds of their own where these are set.
type Extra struct {
	Glob         string   `yaml:"glob"`
	Class        string   `yaml:"class"` // job, vm, trust or identity
	Expiring     Duration `yaml:"expiring"`
	ExpiringSoon Duration `yaml:"expiring_soon"`
}

// classes are those that files may be given, as the documentation lists them. That of
// bosh-agent's settings is not among them: these have their places.
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

// rule is how the thresholds come to the verdict: before all rules, which may change them.
func (e Extra) rule() verdict.Rule {
	return verdict.Rule{
		Scope:      verdict.Scope{File: e.Glob},
		Thresholds: Thresholds{Expiring: e.Expiring, ExpiringSoon: e.ExpiringSoon}.verdict(),
	}
}

func (v *validator) extra(where string, e Extra) {
	if !slices.Contains(classes(), e.Class) {
		v.fail("%s.class: %q is not known: use %s%s", where, e.Class, strings.Join(classes(), ", "), strict.Hint(e.Class, classes()))
	}
	v.check(where+".glob", checkExtra(e.Glob))
	switch limited := e.Expiring != 0 || e.ExpiringSoon != 0; {
	case limited && e.Class == string(cert.IdentityFile):
		v.fail("%s has a threshold, but identities are renewed shortly before their end: only what is past it counts", where)
	case e.Expiring != 0 && e.ExpiringSoon > e.Expiring:
		v.fail("%s.expiring_soon must not be longer than %s.expiring", where, where)
	}
}

// checkExtra tells what is wrong with the glob of further files, or nil.
func checkExtra(pattern string) error {
	if err := strict.CheckGlob(pattern); err != nil {
		return err
	}
	folder, _ := strict.SplitGlob(pattern)
	switch {
	case !path.IsAbs(pattern) || folder == "/":
		return fmt.Errorf("%q would be looked for on the whole VM: begin it with a folder, as in /etc/ssl/**/*.pem", pattern)
	case folder == discover.JobsDir || strings.HasPrefix(folder, discover.JobsDir+"/"):
		return fmt.Errorf("%q is scanned anyway: rules set thresholds for files of jobs", pattern)
	}
	return nil
}
