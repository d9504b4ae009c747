// Package source reads references from the hub, which knows what the stores hold. The agent needs no
// right in any store.
package source

import (
	"hash/fnv"
	"strings"
	"time"

	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/strict"
	"cert-health/internal/uplink"
	"cert-health/internal/verdict"
)

// Hub is the value of Options.Reference.
const Hub = "hub"

// Options of the source.
type Options struct {
	Reference string `yaml:"reference"` // Hub, or empty
	// Paths are those of the secrets that are compared, with everything below them; empty: all. They may
	// have placeholders.
	Paths []string `yaml:"reference_paths"`

	Vault   verdict.Source `yaml:"-"` // knows the steps for the secrets of Vault
	Hub     uplink.Options `yaml:"-"` // the settings of the reports to the hub
	Timeout time.Duration  `yaml:"-"` // of one comparison, with the pauses that a busy hub asks for
}

// SetDefaults implements config.Source.
func (o *Options) SetDefaults() { o.Timeout = 2 * time.Minute }

// Problems implements config.Source.
func (o *Options) Problems() (p strict.Problems) {
	switch {
	case o.Reference != "" && o.Reference != Hub:
		p.Add("reference must be hub, or empty to compare with vault.address%s", strict.Hint(o.Reference, []string{Hub}))
	case o.Reference == Hub && !o.Hub.Enabled():
		p.Add("reference is hub, and hub.url is missing: set it to the URL of the hub for agents")
	case o.Reference == "" && len(o.Paths) > 0:
		p.Add("reference_paths is set, and reference is not: set reference to hub")
	}
	for _, path := range o.Paths {
		p.Check("reference_paths", report.CheckPlaceholders(path))
	}
	return p
}

// Open implements config.Source. It sends nothing.
func (o *Options) Open(vm report.Instance, use reference.Use, now func() time.Time) (*reference.Source, error) {
	if o.Reference != Hub {
		return nil, nil
	}
	words := &words{vault: o.Vault}
	opened := &reference.Source{Kind: Hub, Title: Title, Remedies: words, Recall: words.recall, Address: strings.Join(o.Hub.URL, " or "), Timeout: o.Timeout}
	var paths []string
	for _, path := range o.Paths {
		expanded, err := vm.Expand("reference_paths", path)
		if err != nil {
			return opened, err
		}
		paths = append(paths, strings.TrimSuffix(expanded, "/"))
	}
	settings := o.Hub
	settings.Now, settings.First = now, first(vm, len(o.Hub.URL))
	client, err := uplink.New(settings)
	if err != nil {
		return opened, err
	}
	opened.Scope = strings.Join(append([]string{Hub}, paths...), " ")
	opened.Store = newStore(client, vm, paths, words)
	return opened, nil
}

// first is the number of the hub that a VM asks first: VMs spread over all hubs.
func first(vm report.Instance, hubs int) int {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(vm.Name()))
	return int(hash.Sum32() % uint32(max(1, hubs)))
}
