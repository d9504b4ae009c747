package verdict_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// otherSource is a source that is not Vault, and has a command for everything.
type otherSource struct{}

func (otherSource) Name() string                  { return "CredHub" }
func (otherSource) Place(r cert.Reference) string { return "/" + r.Path }
func (otherSource) Steps(action verdict.Action, r verdict.Held) []verdict.Step {
	return []verdict.Step{verdict.Run("credhub", "do", "/"+r.Path)}
}

// states are all states of a reference.
var states = []cert.ReferenceState{cert.Current, cert.Stale, cert.Unexpected, cert.Unknown, cert.Ambiguous, cert.Behind, cert.Deleted}

var _ = Describe("the words about a source", func() {
	// all are the findings of an expired certificate in every state.
	all := func(source verdict.Source) (found []told) {
		for _, state := range states {
			c := certificate(365*day, -day)
			reference := cert.Reference{State: state, Mount: "secret/", Path: "rep", Key: "certificate", DeployedVersion: 1, CurrentVersion: 2,
				Since: now.Add(-2 * day), Candidates: []string{"a", "b"}, Current: held(400*day, 300*day)}
			facts := verdict.Facts{Now: now, Source: source, Deployment: "cf", Deployed: []cert.Deployed{deployed(c, cert.Leaf, "/f")},
				References: map[cert.Fingerprint]cert.Reference{c.Fingerprint: reference},
				Mismatches: []cert.Mismatch{{Certificate: c.Fingerprint, At: cert.Location{File: "/f", Line: 1}}}}
			found = append(found, tell(verdict.Judge(facts, policy())[0].Findings)...)
			reference.Current, reference.Since = nil, time.Time{}
			facts.References[c.Fingerprint] = reference
			found = append(found, tell(verdict.Judge(facts, policy())[0].Findings)...)
		}
		return found
	}

	It("name no product without one", func() {
		for _, f := range all(nil) {
			Expect(f.Message + f.Why + f.Next).NotTo(MatchRegexp(`(?i)vault|safe |credhub|publish --`))
			Expect(f.Next).NotTo(BeEmpty())
		}
	})

	It("are the source's own", func() {
		for _, f := range all(otherSource{}) {
			Expect(f.Message + f.Why + f.Next).NotTo(MatchRegexp(`(?i)vault|safe |secret/`))
		}
		Expect(all(otherSource{})).To(ContainElement(And(
			HaveField("Message", HavePrefix("renewed in CredHub ")), HaveField("Why", HavePrefix("/rep holds version 2")))))
		Expect(all(otherSource{})).To(ContainElement(HaveField("Next", HavePrefix("credhub do /rep, then merge"))))
	})
})
