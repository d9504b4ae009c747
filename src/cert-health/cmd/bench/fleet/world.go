package fleet

import (
	"context"
	"fmt"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publish"
)

// The certificates of one VM, as on a Diego cell: those of all VMs, those of its instance group, and
// its own.
const (
	common     = 8  // CAs, which every VM has
	ofGroup    = 13 // leaves of all VMs of the instance group
	ofVM       = 4  // leaves of one VM
	strangers  = 5  // certificates that are not in Vault
	groupSize  = 25 // VMs
	placements = 70 // locations on one VM
)

// own is the number of certificates of a VM that are in Vault, each in its own secret.
const own = common + ofGroup + ofVM

// deployment is the name of the deployment, and base is its path in Vault.
const (
	deployment = "cf"
	base       = "secret/" + deployment
)

// stored is a secret in Vault with its current certificate.
type stored struct {
	path string // below the mount
	spec scenario.Spec
	ca   int  // index of the secret of its CA; its own index for a CA
	copy bool // it also contains the certificate of its CA
	pair *scenario.Pair
	noun *cert.Certificate
}

// world is a Vault with its secrets, and the certificates of the VMs.
type world struct {
	server  *scenario.DevVault
	front   *front
	auth    client.Auth // of the agents
	secrets []*stored
	vms     []*vm

	publisher *publish.Publisher
}

// build starts Vault and fills it.
func build(ctx context.Context, o Options) (*world, error) {
	groups := (o.Agents + groupSize - 1) / groupSize
	if least := common + groups*ofGroup + o.Agents*ofVM; o.Secrets < least {
		return nil, fmt.Errorf("%d agents need %d secrets at least", o.Agents, least)
	}
	server, err := scenario.StartDevVault(ctx, scenario.DevVaultOptions{Program: o.Vault, Dir: o.Dir})
	if err != nil {
		return nil, err
	}
	w := &world{server: server}
	w.plan(o.Secrets)
	if err := w.issue(ctx); err != nil {
		w.close()
		return nil, fmt.Errorf("fill Vault: %w", err)
	}
	if err := w.allow(o.Policy); err != nil {
		w.close()
		return nil, fmt.Errorf("set up the agents' role: %w", err)
	}
	if w.front, err = listen(server.Address); err != nil {
		w.close()
		return nil, err
	}
	for number := range o.Agents {
		w.vms = append(w.vms, w.vm(number, groups))
	}
	w.front.vms = w.vms
	return w, nil
}

func (w *world) close() {
	if w.front != nil {
		w.front.close()
	}
	w.server.Stop()
}

// plan decides which secrets there are.
func (w *world) plan(count int) {
	for i := range count {
		name := fmt.Sprintf("c%d.service.internal", i)
		s := &stored{path: fmt.Sprintf("%s/g%d/%s", deployment, i%50, name), ca: i % common, copy: i%5 == 0}
		s.spec = scenario.Spec{CommonName: name, SANs: []string{name, "127.0.0.1"}}
		if i < common {
			s.path, s.copy = fmt.Sprintf("%s/ca/%s", deployment, name), false
			s.spec = scenario.Spec{CommonName: name, CA: true}
		}
		w.secrets = append(w.secrets, s)
	}
}

// issue writes a new version of every secret, as a mass rotation does.
func (w *world) issue(ctx context.Context) error {
	if err := inParallel(common, func(i int) error { return w.renew(ctx, w.secrets[i]) }); err != nil {
		return err
	}
	return inParallel(len(w.secrets)-common, func(i int) error { return w.renew(ctx, w.secrets[common+i]) })
}

func (w *world) renew(ctx context.Context, s *stored) error {
	spec := s.spec
	if !spec.CA {
		spec.Issuer = w.secrets[s.ca].pair
	}
	// The certificates have the same age, in whole seconds.
	if spec.NotBefore = time.Now().Add(-time.Hour); s.pair != nil {
		spec.NotBefore = s.pair.X509.NotBefore.Add(time.Minute)
	}
	s.pair = scenario.Issue(spec)
	s.noun = s.pair.Noun()
	values := s.pair.Safe()
	if s.copy {
		values["ca"] = w.secrets[s.ca].pair.CertPEM()
	}
	return w.server.Put(ctx, s.path, values)
}
