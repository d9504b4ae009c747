package discover

import (
	"cert-health/internal/budget"
	"cert-health/internal/extract/found"
)

// known is what is remembered of a file. In most files, nothing was found.
type known struct {
	stamp stamp
	round uint64   // the scan that last saw the file
	bytes int      // that were read
	found *outcome // nil for nothing
}

// outcome is what was found in a file.
type outcome struct {
	result found.Result
	err    error // a limitError, a StoreError or errSettings
	costs  budget.Costs
	clues  int // number of clues, also if the budget refused to keep them
	// unlisted says that the broken blocks were only counted, because the budget refused to list them.
	unlisted bool
}

// err is why the file could not be read; nil if it was.
func (k known) err() error {
	if k.found == nil {
		return nil
	}
	return k.found.err
}

// outcome pays for what is remembered as if the file was read again, so that each scan of the
// same files has the same result. It is not ok if the file must be read again.
func (k known) outcome(account *budget.Account) (result found.Result, err error, ok bool) {
	f := k.found
	if f == nil {
		return found.Result{}, nil, account.Spend(budget.Bytes, k.bytes)
	}
	clues := f.clues > 0 && f.result.Clues == nil && account.Left().Of(budget.Clues) >= f.clues
	faults := f.unlisted && !account.Refused(budget.Faults)
	if clues || faults || !account.SpendAll(f.costs) {
		return found.Result{}, nil, false
	}
	return withClues(f.result, f.clues, account), f.err, true
}

// cluesIn counts the clues of a result.
func cluesIn(result found.Result) int {
	if c := result.Clues; c != nil {
		return len(c.Keys) + len(c.Labels) + len(c.Mentions)
	}
	return 0
}

// withClues is the result with its clues if the account pays for so many, and else without.
func withClues(result found.Result, clues int, account *budget.Account) found.Result {
	if clues > 0 && !account.Spend(budget.Clues, clues) {
		result.Clues = nil
	}
	return result
}

// outcomeOf is the outcome, or nil if there is nothing to remember.
func outcomeOf(o outcome) *outcome {
	if r := o.result; o.err == nil && len(r.Certificates) == 0 && len(r.CRLs) == 0 && len(r.Broken) == 0 && r.Omitted == 0 && o.clues == 0 {
		return nil
	}
	return &o
}
