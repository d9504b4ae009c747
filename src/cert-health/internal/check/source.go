package check

import (
	"strings"
	"time"

	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/vault/source"
	"cert-health/internal/verdict"
)

// Source is a configured source of references.
type Source struct {
	reference.Store
	Kind  string // in reports: "vault"
	Title string // in messages: "Vault", which is also the name of the store
	// Remedies are the words and steps with which findings speak of the source.
	Remedies verdict.Source
	Address  string
	// Scope says which part of which source is read. Knowledge from another
	// scope is useless.
	Scope   string
	Timeout time.Duration // for one comparison
}

// Use says how often a source is asked.
type Use int

// The uses of a source.
const (
	Once      Use = iota // an operator waits for the answer: the rate of requests is not limited
	Regularly            // the agent asks on a timer, at the configured rate
)

// OpenSource returns the configured source for a VM, or nil without one. If err is not nil,
// the source has a kind and a title, and cannot be asked.
//
// This is the only place that knows which sources exist: to add a source, write a function
// like openVault, and add it to the list.
func (c *Checker) OpenSource(instance report.Instance, use Use) (*Source, error) {
	for _, open := range []func(report.Instance, Use) (*Source, error){c.openVault} {
		if opened, err := open(instance, use); opened != nil {
			return opened, err
		}
	}
	return nil, nil
}

func (c *Checker) openVault(instance report.Instance, use Use) (*Source, error) {
	v := &c.Config.Vault
	if v.KV.Address == "" {
		return nil, nil
	}
	opened := &Source{Kind: "vault", Title: "Vault", Remedies: source.Remedies{}, Address: v.KV.Address, Timeout: v.Timeout}
	options, err := c.Config.Source(instance)
	if err != nil {
		return opened, err
	}
	if use == Once {
		options.KV.Rate = 0
	} else {
		options.KV.Now = c.now
	}
	opened.Scope = strings.Join(append([]string{v.KV.Address, v.KV.Namespace, string(v.Mode)}, options.Paths...), " ")
	store, err := source.New(options)
	if err == nil {
		opened.Store = store
	}
	return opened, err
}
