package catalog

import (
	"cmp"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/vault/source"
	"cert-health/internal/verdict"
)

// maxItems is the number of items for which steps are written. More are named by their number.
const maxItems = 3

// remedy are the steps that renew a certificate at one of its places.
type remedy func(v *View, e *Entry, p Placement, why purpose) []verdict.Step

// remedies are those of the types of sources, in the order in which the steps are done: stores first,
// then what serves their content. Nothing writes to it.
func remedies() []struct {
	sourceType string
	remedy     remedy
} {
	return []struct {
		sourceType string
		remedy     remedy
	}{
		{"vault", vaultSteps}, {"credhub", credhubSteps}, {"opsman", opsmanSteps}, {"director", directorSteps}, {"tls", tlsSteps},
	}
}

// purpose is why something is done. Its zero value is a renewal while the certificate is valid.
type purpose int

const (
	renewing  purpose = iota
	replacing         // it has expired
	reissuing         // with another key
)

// renewal are the steps that bring a successor of a certificate to its places.
func (v *View) renewal(e *Entry, code verdict.Code) []verdict.Step {
	switch code {
	case verdict.NotYetValid:
		return []verdict.Step{verdict.Run("date", "-u"),
			verdict.Do("if the clock of the hub is wrong, repair its time synchronization"),
			verdict.Do("if it is right, wait, or reissue the certificate")}
	case verdict.Expired:
		return v.steps(e, replacing)
	}
	return v.steps(e, renewing)
}

// steps are those of all items with the certificate, and no more than a person reads.
func (v *View) steps(e *Entry, why purpose) []verdict.Step {
	var steps []verdict.Step
	done := map[itemKey]bool{}
	for _, p := range homes(e) {
		key := itemKey{p.Source, p.Path}
		if done[key] {
			continue
		}
		if done[key] = true; len(done) > maxItems {
			continue
		}
		steps = append(steps, stepsAt(v, e, p, why)...)
	}
	if more := len(done) - maxItems; more > 0 {
		steps = append(steps, verdict.Do("do the same for the other items that hold it: %d", more))
	}
	return steps
}

// homes are the placements at which a successor is made, and then those that it must be brought to.
// Copies of a CA beside its leaves follow from the CA itself.
func homes(e *Entry) []Placement {
	list := slices.DeleteFunc(slices.Clone(e.InUse()), Placement.besideLeaf)
	if len(list) == 0 {
		list = slices.Clone(e.InUse())
	}
	slices.SortStableFunc(list, func(a, b Placement) int { return cmp.Compare(typeRank(a), typeRank(b)) })
	return list
}

// besideLeaf tells whether the placement is that of a CA with its leaf: in a credential of CredHub, or
// in the chain that a server sends.
func (p Placement) besideLeaf() bool {
	return p.SourceType == "credhub" && p.Place == "ca" || strings.HasPrefix(p.Place, "chain ")
}

func typeRank(p Placement) int {
	if p.Kind == endpointKind {
		return len(remedies())
	}
	for i, r := range remedies() {
		if r.sourceType == p.SourceType {
			return i
		}
	}
	return len(remedies())
}

// The kinds of items that hold nothing that is deployed.
const (
	endpointKind = "endpoint" // the address of the source itself
	issuedKind   = "issued"   // by a PKI engine
	issuerKind   = "issuer"   // of a PKI engine
)

func stepsAt(v *View, e *Entry, p Placement, why purpose) []verdict.Step {
	switch {
	case strings.HasPrefix(p.Place, "chain "):
		return []verdict.Step{verdict.Do("ask the issuer of the server's certificate for a chain with a successor of this CA, and install it at %s", strings.TrimPrefix(p.Path, endpointKind+" "))}
	case p.Kind == endpointKind:
		return []verdict.Step{verdict.Do("renew the certificate of the server at %s %s", strings.TrimPrefix(p.Path, endpointKind+" "), atIssuer(e))}
	}
	for _, r := range remedies() {
		if r.sourceType == p.SourceType {
			return r.remedy(v, e, p, why)
		}
	}
	return []verdict.Step{verdict.Do("renew it %s, and write it to %s", atIssuer(e), p.Path)}
}

func atIssuer(e *Entry) string {
	switch {
	case e.SelfSigned:
		return "(it is self-signed)"
	case e.Issuer == "":
		return "at its issuer"
	}
	return "at its issuer (" + e.Issuer + ")"
}

// vaultSteps are those of the agent. A certificate that a PKI engine issued has no secret.
func vaultSteps(v *View, e *Entry, p Placement, why purpose) []verdict.Step {
	if p.Kind == issuedKind || p.Kind == issuerKind {
		return []verdict.Step{verdict.Do("issue a successor from the PKI engine that %s belongs to, and give it to the program that uses this one", p.Path)}
	}
	if why == reissuing {
		if steps := (source.Remedies{}).Steps(verdict.Reissue, v.held(e, p)); len(steps) > 0 {
			return steps
		}
	}
	return source.Remedies{}.Steps(verdict.Renew, v.held(e, p))
}

// held is what the commands of Vault need. Places within a value are not what `cert-health x509` can renew.
func (v *View) held(e *Entry, p Placement) verdict.Held {
	h := verdict.Held{Reference: cert.Reference{Path: p.Path, Key: p.Place}, Certificate: e.Certificate.Certificate, SelfSigned: e.SelfSigned}
	if signer := v.byID[e.Signer]; signer != nil {
		for _, at := range signer.InUse() {
			if at.Source == p.Source && at.State.InUse() {
				h.Signer = &cert.Reference{Path: at.Path, Key: at.Place}
				break
			}
		}
	}
	return h
}
