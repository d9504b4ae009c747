package rotator

import (
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/plan"
	"cert-health/internal/rotation"
	"cert-health/internal/survey"
	"cert-health/internal/verdict"
)

// afterwards adds what to deploy when the step is taken.
func (s Step) afterwards(p *plan.Plan) {
	following := map[rotation.StepName]rotation.StepName{"": rotation.Distribute, rotation.Add: rotation.Distribute, rotation.Switch: "", rotation.Renew: rotation.Show, rotation.Drop: rotation.Clear}
	next := following[s.State.Current]
	if s.State.Current == rotation.Switch {
		p.After = append(p.After, "no deploy is needed for this step")
	}
	deployments := s.deployments(next)
	for _, d := range deployments {
		p.Steps = append(p.Steps, verdict.Do("merge the manifest anew, then:"), verdict.Run("bosh", "-d", d, "deploy", "MANIFEST"))
	}
	if next != "" && len(deployments) == 0 {
		p.After = append(p.After, "deploy everything that gets certificates from here, service instances too")
	}
	p.Steps = append(p.Steps, verdict.Run("cert-health", "rotate", "status", s.State.CA))
}

// deployments are those of the instances that a step of VMs concerns. Before a rotation begins, these are all that
// trust the CA.
func (s Step) deployments(step rotation.StepName) (list []string) {
	add := func(name string) {
		if name != "" && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	if step == rotation.Clear || s.State.Begin {
		for _, i := range s.Survey.Instances {
			if s.trusts(i) {
				add(i.Deployment)
			}
		}
	} else {
		for _, b := range s.State.Step(step).Blockers {
			add(b.Deployment)
		}
	}
	slices.Sort(list)
	return list
}

// users are the instances that trust one of the CAs.
func (s Step) users() (names []string) {
	for _, i := range s.Survey.Instances {
		if s.trusts(i) {
			names = append(names, strings.TrimSpace(i.Deployment+" "+i.Name))
		}
	}
	return names
}

func (s Step) trusts(i *survey.Instance) bool {
	return slices.ContainsFunc(i.Places, func(p survey.Place) bool {
		return p.Trusts() && (p.Certificate == s.Store.New || slices.Contains(s.Store.Old, p.Certificate))
	})
}

// stays is the CA that stays in the direction of the state.
func (s Step) stays() *survey.Certificate {
	for _, c := range s.Store.Old {
		if c.Fingerprint == s.State.New.Fingerprint {
			return c
		}
	}
	return s.Store.New
}

// given are the CAs that the store hands out after the step: the one that signs first.
func (s Step) given(signs *survey.Certificate, keeps bool) []*survey.Certificate {
	list := []*survey.Certificate{signs}
	add := func(c *survey.Certificate) {
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	add(s.stays())
	for _, c := range append([]*survey.Certificate{s.Store.New}, s.Store.Old...) {
		if keeps && (slices.Contains(s.Store.Bundle, c) || s.State.Needs(c.Fingerprint)) {
			add(c)
		}
	}
	return list
}

// noun is a certificate as surveys have it.
func noun(c *cert.Certificate) survey.Certificate {
	return survey.Certificate{Fingerprint: c.Fingerprint.String(), Name: c.Name(), Subject: c.Subject, Issuer: c.Issuer, Serial: c.Serial, SANs: c.SANs,
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, Key: c.KeyName(), Usages: c.ExtKeyUsage, CA: c.CA, KeyID: c.KeyID, AuthorityID: c.AuthorityKeyID}
}

// describe names a CA for people, when several have one name.
func describe(c *survey.Certificate) string {
	return fmt.Sprintf("%s (%s, ends %s)", c.Name, c.Fingerprint[:min(8, len(c.Fingerprint))], verdict.Stamp(c.NotAfter))
}

func describeAll(list []*survey.Certificate) string {
	var words []string
	for _, c := range list {
		words = append(words, describe(c))
	}
	return strings.Join(words, " and ")
}
