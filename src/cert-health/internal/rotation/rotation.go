// Package rotation reads how far the rotation of a CA has come, from what the store holds and from what the
// VMs have. There is no record of a rotation: a state is computed anew each time, so that a record
// cannot differ from what there is. It is pure: it does no I/O and reads no clock.
//
// Each step waits for the ones before it. A step that changes the store is offered only if no
// instance would lose trust by it, whichever VMs are deployed afterwards and in which order. An instance of which nothing
// is known now counts as one that would.
package rotation

import (
	"time"

	"cert-health/internal/survey"
)

// Phase is how far a rotation has come.
type Phase string

// The phases. There are no others.
const (
	Normal       Phase = "normal"
	Distributing Phase = "new CA distributing"
	Ready        Phase = "ready to switch"
	Renewing     Phase = "leaves renewing"
	Retiring     Phase = "old CA retiring"
	// Blocked is a rotation that does not go on by itself: a deploy does not reach what holds it back, or
	// the store is in a state that somebody must mend.
	Blocked Phase = "blocked"
)

// Phases lists all phases, in their order.
func Phases() []Phase { return []Phase{Normal, Distributing, Ready, Renewing, Retiring, Blocked} }

// Input is what a rotation is read from.
type Input struct {
	Store  Store
	Survey *survey.Survey
	// Accepted are instances, by key or by name, that hold no step back: somebody accepts what they lose.
	Accepted []string
	// WithoutVMs says that no VM uses the CA. Without it, and without any VM in the survey, no step of VMs is finished.
	WithoutVMs bool
	// Back is an abort: the rotation is read in the other direction, and an old CA stays. It needs one that is handed out
	// still, or that the store keeps and VMs trust; without one the direction does not change.
	Back bool
}

// Store is what a store holds of one CA now.
type Store struct {
	Product string // "Vault"; empty if the store is not seen: then no step that changes it is offered
	CA      string // the path or name, as an operator writes it

	New *survey.Certificate // that stays; without a rotation the only one
	// Old are the CAs that New replaces or has replaced, the newest first.
	Old []*survey.Certificate
	// Signs is the CA that signs what is issued now.
	Signs *survey.Certificate
	// Bundle is what a deploy brings to the jobs that trust the CA.
	Bundle []*survey.Certificate
	// Kept are old CAs that are not handed out, and whose private keys the store still has.
	Kept []*survey.Certificate
	// Leaves are the certificates of the store that the CA signs, in the order of their paths.
	Leaves []Leaf
	// Copies are other places of the store that hold one of the CAs: deploys may bring them, too.
	Copies []Copy
	// Faults are sentences about what must be mended in the store before anything else.
	Faults []string
	// Blind says what of the store is not seen, a sentence each.
	Blind []string
}

// Leaf is a certificate of the store that the CA signs.
type Leaf struct {
	Path        string
	Certificate *survey.Certificate
	// SignedBy is the CA whose key signed it, if the signature was verified; nil if names and key
	// identifiers must tell.
	SignedBy *survey.Certificate
	// Why says why the store cannot renew it by itself; empty if it can.
	Why string
}

// Copy is a place of the store that holds a CA which is not its own.
type Copy struct {
	Path         string // with its key
	Certificates []*survey.Certificate
}

// State is how far a rotation has come, and what it waits for.
type State struct {
	CA     string    `json:"ca"`
	Store  string    `json:"store,omitempty"` // the product
	At     time.Time `json:"at"`
	Phase  Phase     `json:"phase"`
	Within Phase     `json:"within"` // the phase without regard to what blocks it
	New    Authority `json:"new"`    // the CA that stays
	// Old are the CAs that go. In the direction of an abort the older CA stays, and the newer one goes.
	Old     []Authority `json:"old"`
	Back    bool        `json:"back,omitempty"` // an abort
	Steps   []Step      `json:"steps"`
	Current StepName    `json:"current,omitempty"` // the first step that is not finished; empty if all are
	// Offered is true if the current step changes the store and may be taken now. In the phase normal it is false
	// and Begin is true: a new rotation may begin.
	Offered bool `json:"offered"`
	Begin   bool `json:"begin"`
	// Next is what to do now, in one sentence.
	Next string `json:"next"`
	// Deploy are the deployments that must be deployed now.
	Deploy []string `json:"deploy,omitempty"`
	// Faults are sentences about what somebody must mend. Broken are those about trust that is lost already.
	Faults []string `json:"faults,omitempty"`
	Broken []string `json:"broken,omitempty"`
	// Warnings are sentences about what the steps do not look after.
	Warnings []string `json:"warnings,omitempty"`
	Blind    []string `json:"blind,omitempty"`
}

// Authority is a CA of a rotation.
type Authority struct {
	Fingerprint string    `json:"fingerprint"`
	Name        string    `json:"name"`
	NotBefore   time.Time `json:"not_before,omitzero"`
	NotAfter    time.Time `json:"not_after"`
	Signs       bool      `json:"signs"`   // what is issued now
	Given       bool      `json:"given"`   // deploys bring it to the jobs
	Trusted     int       `json:"trusted"` // number of instances that trust it
	Needed      bool      `json:"needed"`  // a certificate in the store or on a VM needs it
}

// StepName names a step.
type StepName string

// The steps, in their order. Those of the store are taken by `rotate next`, those of the VMs by a deploy.
const (
	Add        StepName = "add"        // store: both CAs are handed out
	Distribute StepName = "distribute" // VMs: all trust the new CA
	Switch     StepName = "switch"     // store: the new CA signs
	Renew      StepName = "renew"      // store: the new CA has signed all leaves
	Show       StepName = "show"       // VMs: none has or shows a leaf of the old CA
	Drop       StepName = "drop"       // store: the old CA is handed out no longer
	Clear      StepName = "clear"      // VMs: none trusts the old CA
)

// Step is one step of a rotation: a bar of Done, Accepted and the rest of Total.
type Step struct {
	Name     StepName `json:"name"`
	Title    string   `json:"title"`  // the aim
	OnVMs    bool     `json:"on_vms"` // a deploy takes it
	Unit     string   `json:"unit"`   // what is counted: "CA", "leaf", "VM"
	Done     int      `json:"done"`
	Accepted int      `json:"accepted"` // not done, and accepted
	Total    int      `json:"total"`
	Finished bool     `json:"finished"`
	// Blockers hold the step back. Those that are accepted are among them.
	Blockers []Blocker `json:"blockers"`
}

// Blocker is an instance or a leaf of the store that holds a step back.
type Blocker struct {
	Instance   string `json:"instance,omitempty"` // deployment/group/id; empty for a leaf
	Deployment string `json:"deployment,omitempty"`
	Name       string `json:"name"`               // of the instance, or the path of the leaf
	Standing   string `json:"standing,omitempty"` // of the instance
	Why        string `json:"why"`
	// Reach is true if a deploy or the next step mends it.
	Reach    bool `json:"reach"`
	Accepted bool `json:"accepted"`
}
