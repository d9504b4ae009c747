package rotator

import (
	"context"
	"fmt"

	"cert-health/internal/credhub"
	"cert-health/internal/plan"
	"cert-health/internal/rotation"
	"cert-health/internal/survey"
)

// Prepare says what the current step changes in CredHub.
func (h *CredHub) Prepare(_ context.Context, s Step) (*Job, error) {
	if err := s.takes(); err != nil {
		return nil, err
	}
	switch {
	case s.State.Begin:
		return h.begin(s)
	case s.State.Current == rotation.Add:
		return h.add(s)
	case s.State.Current == rotation.Switch:
		return h.switchTo(s)
	case s.State.Current == rotation.Renew:
		return h.renew(s), nil
	case s.State.Current == rotation.Drop:
		return h.drop(s), nil
	}
	return nil, errNotNow
}

// begin has CredHub make the new CA as a transitional version.
func (h *CredHub) begin(s Step) (*Job, error) {
	if s.New.Subject != "" || s.New.KeyType.Bits != 0 && s.New.KeyType.Algorithm.String() != "RSA" {
		return nil, fmt.Errorf("CredHub regenerates %s with its subject and an RSA key: leave out --subject, and give --key-type rsa:2048, rsa:3072 or rsa:4096", h.Name)
	}
	if !h.ca.Versions[h.ca.Active()].Generated {
		return nil, fmt.Errorf("%s was set and not generated, so that CredHub cannot regenerate it: add its successor as a transitional version with credhub curl -X POST -p /api/v1/certificates/%s/versions, and run the command again", h.Name, h.ca.ID)
	}
	r := credhub.Regeneration{Transitional: true, Days: credhub.Days(s.New.Lifetime), KeyLength: s.New.KeyType.Bits}
	a := act{Act: plan.Act{Verb: "regenerate", Target: h.Name, UsedBy: s.users(), Changes: []plan.Change{
		{What: "trusted", From: describeAll(s.Store.Bundle), To: describeAll(s.Store.Bundle) + " and a new one"},
		{What: "signs", From: describe(s.Store.Signs), To: describe(s.Store.Signs)},
	}, Why: "the new version is transitional: it is handed out, and does not sign yet"}}
	a.do = func(ctx context.Context) (string, error) {
		version, err := h.Client.Regenerate(ctx, h.ca.ID, r)
		return "version " + version, err
	}
	return job("Begin the rotation of "+describe(s.Store.Signs), []act{a}, s), nil
}

// flag moves the transitional flag.
func (h *CredHub) flag(s Step, to *survey.Certificate, signs *survey.Certificate, why string) act {
	trusted := []*survey.Certificate{signs}
	version := ""
	if to != nil {
		trusted, version = append(trusted, to), h.versions[to.Fingerprint]
	}
	a := act{Act: plan.Act{Verb: "set transitional version", Target: h.Name, UsedBy: s.users(), Why: why, Changes: []plan.Change{
		{What: "trusted", From: describeAll(s.Store.Bundle), To: describeAll(trusted)},
		{What: "signs", From: describe(s.Store.Signs), To: describe(signs)},
	}}}
	a.do = func(ctx context.Context) (string, error) { return "", h.Client.SetTransitional(ctx, h.ca.ID, version) }
	return a
}

// errFlags is why a state cannot be reached with the one flag that CredHub has.
func (h *CredHub) errFlags() error {
	return fmt.Errorf("CredHub hands out one CA beside the one that signs, and versions of %s are in the way: delete those that are not needed with credhub curl -X DELETE -p /api/v1/certificates/%s/versions/VERSION", h.Name, h.ca.ID)
}

// add hands out both again: an old one that is still needed, or the one that is to stay.
func (h *CredHub) add(s Step) (*Job, error) {
	var other *survey.Certificate
	for _, c := range s.given(s.Store.Signs, true)[1:] {
		if other != nil {
			return nil, h.errFlags()
		}
		other = c
	}
	if other == nil || h.versions[other.Fingerprint] == "" {
		return nil, fmt.Errorf("CredHub no longer has the CA that is missing: add it as a transitional version with credhub curl -X POST -p /api/v1/certificates/%s/versions, and run the command again", h.ca.ID)
	}
	if h.versions[other.Fingerprint] == h.ca.Versions[0].ID {
		return nil, h.errFlags() // the newest version without the flag is the one that signs
	}
	return job("Hand out both CAs of "+h.Name, []act{h.flag(s, other, s.Store.Signs, "certificates that it signed are still there")}, s), nil
}

// switchTo lets the CA that stays sign: the flag moves to the other one.
func (h *CredHub) switchTo(s Step) (*Job, error) {
	to, own := s.stays(), s.Store.Signs
	if !s.State.Back && to == s.Store.New || s.State.Back && own == s.Store.New && h.follows(to) {
		return job("Let "+describe(to)+" sign", []act{h.flag(s, own, to, "the other one stays trusted")}, s), nil
	}
	return nil, h.errFlags()
}

// follows tells whether a CA signs when the newest version has the flag.
func (h *CredHub) follows(c *survey.Certificate) bool {
	return len(h.ca.Versions) > 1 && h.ca.Versions[1].ID == h.versions[c.Fingerprint]
}

// renew regenerates what the old CA signed.
func (h *CredHub) renew(s Step) *Job {
	var acts []act
	var warnings []string
	for _, b := range s.State.Waiting() {
		if !b.Reach {
			warnings = append(warnings, b.Name+": "+b.Why)
			continue
		}
		a := act{Act: plan.Act{Verb: "regenerate", Target: b.Name, SignedBy: h.Name, Changes: []plan.Change{{What: "signed by", To: describe(s.stays())}, {What: "key", To: "a new one"}}}}
		id := h.children[b.Name].ID
		a.do = func(ctx context.Context) (string, error) {
			version, err := h.Client.Regenerate(ctx, id, credhub.Regeneration{})
			return "version " + version, err
		}
		acts = append(acts, a)
	}
	return job("Renew what the old CA signed with "+describe(s.stays()), acts, s, warnings...)
}

// drop hands out the CA that stays alone. Going back, the new version must be deleted: without the flag it would
// sign.
func (h *CredHub) drop(s Step) *Job {
	if !s.State.Back {
		return job("Hand out "+describe(s.stays())+" alone", []act{h.flag(s, nil, s.stays(), "no VM and no certificate needs the old CA")}, s)
	}
	a := act{Act: plan.Act{Verb: "delete version", Target: h.Name, UsedBy: s.users(), Why: "without the transitional flag the new version would sign", Changes: []plan.Change{
		{What: "trusted", From: describeAll(s.Store.Bundle), To: describe(s.stays())}, {What: "signs", From: describe(s.Store.Signs), To: describe(s.Store.Signs)}}}}
	version := h.versions[s.Store.New.Fingerprint]
	a.do = func(ctx context.Context) (string, error) { return "", h.Client.Delete(ctx, h.ca.ID, version) }
	return job("Hand out "+describe(s.stays())+" alone", []act{a}, s, "CredHub deletes this version for good, with its private key")
}
