// Package order carries out what an operator wants to be done with certificates in Vault: issue, renew, reissue and
// revoke them, and renew revocation lists. Prepare reads what is there, finds the CA that signs, makes every
// certificate once on trial, and gives the plan. Run makes them again with real serial numbers and writes them.
//
// Each secret is written in one step: a run that stops leaves each of them as it was or as planned. A run that was
// stopped is repeated.
package order

import (
	"context"
	"io"
	"time"

	"cert-health/internal/issue"
	"cert-health/internal/vault/keep"
)

// Verb is what is done with a certificate.
type Verb string

// The verbs.
const (
	Issue     Verb = "issue"
	Renew     Verb = "renew"   // with the same key
	Reissue   Verb = "reissue" // with a new key
	Revoke    Verb = "revoke"
	RenewList Verb = "renew the revocation list of" // of a CA
)

// Order is what is wanted.
type Order struct {
	Verb     Verb
	Paths    []string // with the mount
	Select   Selection
	PlanOnly bool   // nothing will run: a token that may not write is no error
	SignedBy string // the path of the CA that signs, or of the certificate itself; empty: the CA that signed it before

	Profile issue.Profile // of Issue
	Changes issue.Changes // of Renew and Reissue
	KeyType issue.KeyType // of Issue and Reissue; zero: as the key is now
	Reason  issue.Reason  // of Revoke
}

// Selection chooses among certificates.
type Selection struct {
	Below  bool // the paths, and all secrets below them
	Ending bool // only those that end within Within; expired ones have ended
	Within time.Duration
}

// Use says who uses a certificate.
type Use struct {
	By          []string // instances and their jobs
	Deployments []string // of BOSH
}

// Clerk carries out orders.
type Clerk struct {
	Store keep.Store
	// Roots are the paths below which CAs are looked for. If there are none, these are the engines of the order's paths.
	Roots  []string
	Most   int // the largest number of secrets that are read of a tree
	Now    func() time.Time
	Random io.Reader
	Users  func(fingerprint string) Use // nil: no one knows
	Step   func()                       // called for each secret that is read of a tree; nil is none

	tree *keep.Tree // once it is read
}

// whole reads the tree in which CAs are looked for, once.
func (c *Clerk) whole(ctx context.Context, paths []string) (*keep.Tree, error) {
	if c.tree != nil {
		return c.tree, nil
	}
	roots := c.Roots
	if len(roots) == 0 {
		seen := map[string]bool{}
		for _, path := range paths {
			mount, _, err := c.Store.Client.FindMount(ctx, path)
			if err != nil {
				return nil, err
			}
			if !seen[mount.Path] {
				seen[mount.Path] = true
				roots = append(roots, mount.Path)
			}
		}
	}
	c.tree = c.Store.Tree(ctx, roots, c.Most, c.Step)
	return c.tree, ctx.Err()
}

func (c *Clerk) use(fingerprint string) Use {
	if c.Users == nil {
		return Use{}
	}
	return c.Users(fingerprint)
}
