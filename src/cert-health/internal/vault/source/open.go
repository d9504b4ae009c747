package source

import (
	"strings"
	"time"

	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/vault/client"
)

// defaultRate is the largest number of requests per second of one agent.
const defaultRate = 20

// SetDefaults implements config.Source.
func (o *Options) SetDefaults() {
	o.Client.Concurrency, o.Client.Rate = client.DefaultConcurrency, defaultRate
	o.Mode, o.Timeout, o.MaxSecrets = Metadata, DefaultTimeout, DefaultMaxSecrets
}

// Open implements config.Source. It sends nothing.
func (o *Options) Open(vm report.Instance, use reference.Use, now func() time.Time) (*reference.Source, error) {
	if o.Client.Address == "" {
		return nil, nil
	}
	opened := &reference.Source{Kind: "vault", Title: "Vault", Remedies: Remedies{}, Address: o.Client.Address, Timeout: o.Timeout}
	options, err := o.forVM(vm)
	if err != nil {
		return opened, err
	}
	if use == reference.Once {
		options.Client.Rate = 0
	} else {
		options.Client.Now = now
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
