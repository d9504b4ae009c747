package plan

import "io"

// Outcome is what became of a plan, for programs.
type Outcome struct {
	Plan    Plan     `json:"plan"`
	DryRun  bool     `json:"dry_run,omitempty"`
	Refused string   `json:"refused,omitempty"` // why nothing was done
	Results []Result `json:"results,omitempty"` // of the acts that were begun, in their order
}

// Result is what became of one act.
type Result struct {
	Verb   string `json:"verb"`
	Target string `json:"target"`
	State  State  `json:"state"`
	Detail string `json:"detail,omitempty"` // one sentence: why it failed, or what else to know
}

// State is how an act ended.
type State string

// The states of acts.
const (
	Done      State = "done"
	Failed    State = "failed"
	Untouched State = "untouched" // it was not begun, because an earlier act failed
)

// Failed tells whether an act failed or was not begun.
func (o Outcome) Failed() bool {
	for _, r := range o.Results {
		if r.State != Done {
			return true
		}
	}
	return false
}

// WriteJSON writes the outcome for programs.
func (o Outcome) WriteJSON(w io.Writer) error {
	if o.Plan.Acts == nil {
		o.Plan.Acts = []Act{}
	}
	return encode(w, o)
}
