package source

import (
	"math"
	"strings"
	"time"

	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/vault/client"
)

// defaultRate is the largest number of requests per second of one agent.
const defaultRate = 20

// unsetRate is the rate of a configuration that does not set it: an agent uses defaultRate, and
// what an operator waits for has no limit.
const unsetRate = -math.MaxFloat64

// SetDefaults implements config.Source.
func (o *Options) SetDefaults() {
	o.Client.Concurrency, o.Client.Rate = client.DefaultConcurrency, unsetRate
	o.Mode, o.Timeout, o.MaxSecrets = Metadata, DefaultTimeout, DefaultMaxSecrets
}

// Open implements config.Source. It sends nothing.
func (o *Options) Open(vm report.Instance, use reference.Use, now func() time.Time) (*reference.Source, error) {
	if o.Client.Address == "" {
		return nil, nil
	}
	opened := &reference.Source{Kind: "vault", Title: "Vault", Remedies: Remedies{Paths: o.Client.NameOfPaths()}, Address: o.Client.Address, Timeout: o.Timeout}
	options, err := o.forVM(vm)
	if err != nil {
		return opened, err
	}
	switch {
	case use == reference.Regularly:
		options.Client.Now = now
		if options.Client.Rate == unsetRate {
			options.Client.Rate = defaultRate
		}
	case !options.Client.Environment.Rate:
		options.Client.Rate = 0
	}
	opened.Scope = strings.Join(append([]string{o.Client.Address, o.Client.Namespace, string(o.Mode)}, options.Paths...), " ")
	store, err := New(options)
	if err == nil {
		opened.Store = store
	}
	return opened, err
}

// forVM returns the options with the values of a VM in place of placeholders.
func (o *Options) forVM(vm report.Instance) (Options, error) {
	options := *o
	options.Deployment = vm.Deployment
	var err error
	options.Paths, err = o.PathsFor(vm)
	return options, err
}
