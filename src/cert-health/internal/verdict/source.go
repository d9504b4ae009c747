package verdict

import "cert-health/internal/cert"

// Source knows how people call and repair the source of the references. Its methods do no
// I/O. cert-health has sentences without a Source too: they name no product.
type Source interface {
	// Name is the name of the product: "Vault".
	Name() string
	// Place is the place of a reference, as the source's own tools write it.
	Place(cert.Reference) string
	// Steps are the steps of an action in the source. They are nil if the source has no
	// own way of doing it.
	Steps(Action, Held) []Step
}

// Held is a certificate and what the source knows about it.
type Held struct {
	cert.Reference
	Certificate *cert.Certificate // the deployed certificate; nil if it does not matter
	SelfSigned  bool
	// Signer is the reference of the CA that signed the certificate; nil if it is not known.
	Signer *cert.Reference
}

// Action is something that an operator does in a source.
type Action int

// The actions, and no others. Actions is their number.
const (
	Renew    Action = iota // make a successor of the certificate, which keeps its names
	Reissue                // make another certificate with a new key
	RenewCRL               // make a new revocation list of the CA
	Rollback               // make the deployed version the current one again
	Restore                // bring the deleted version back
	Publish                // publish the current version for the agents
	Narrow                 // limit the comparison to the right one of several candidates
	Actions
)

// anySource is the source of which nothing is known.
type anySource struct{}

func (anySource) Name() string                  { return "the source" }
func (anySource) Place(r cert.Reference) string { return r.FullPath() }
func (anySource) Steps(Action, Held) []Step     { return nil }

// source is the one of the facts, or any.
func (j *judge) source() Source {
	if j.facts.Source == nil {
		return anySource{}
	}
	return j.facts.Source
}

// placeOf writes the place of a reference.
func (j *judge) placeOf(r *cert.Reference) string { return j.source().Place(*r) }

// inSource are the steps of an action, the source's own if it has any.
func (j *judge) inSource(action Action, r *cert.Reference, otherwise string, values ...any) []Step {
	return j.heldSteps(action, Held{Reference: *r}, otherwise, values...)
}

func (j *judge) heldSteps(action Action, h Held, otherwise string, values ...any) []Step {
	if steps := j.source().Steps(action, h); len(steps) > 0 {
		return at(Renewing, steps...)
	}
	return at(Renewing, Do(otherwise, values...))
}

// held is the certificate as its source holds it.
func (j *judge) held(s subject) Held {
	h := Held{Reference: *s.reference, Certificate: s.Certificate}
	h.SelfSigned = j.selfSigned(s.Certificate)
	list, _ := j.issuers(s.Certificate, s.at.Job)
	for _, ca := range list {
		r, known := j.facts.References[ca.Certificate.Fingerprint]
		if known && r.Path != "" && j.signing(s.Certificate, ca.Certificate, s.at.Job) == cert.Signed {
			h.Signer = &r
			break
		}
	}
	return h
}
