//go:build !vm

package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/check"
	"cert-health/internal/config"
	"cert-health/internal/report"
	"cert-health/internal/rotation"
	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
)

// machine is a VM of a platform: a server that demands client certificates, and a client of all servers. Both load
// the files that a deploy writes, at its end.
type machine struct {
	name, root string
	tls        *tls.Config // of the processes; nil before the first deploy
	listener   *rotatingListener
}

// platform are VMs and the Vault with their certificates.
type platform struct {
	vault  *vaulttest.Server
	env    map[string]string
	engine string
	kv     int
	ca     string // path of the CA in Vault
	vms    map[string]*machine
	store  string // directory of the reports
}

func newPlatform(vault *vaulttest.Server, kv int, ca *scenario.Pair, names ...string) *platform {
	GinkgoHelper()
	p := &platform{vault: vault, engine: vault.Engine(kv), kv: kv, vms: map[string]*machine{}, store: GinkgoT().TempDir()}
	p.env = map[string]string{"VAULT_ADDR": vault.Address, "VAULT_TOKEN": vault.Token, "HOME": GinkgoT().TempDir()}
	p.ca = p.engine + "/cf/ca"
	p.put("cf/ca", ca.Safe())
	p.put("other/thing", map[string]any{"password": "x"})
	for _, name := range names {
		p.put("cf/"+name, leafOf(ca, name).Safe())
		p.vms[name] = &machine{name: name, root: GinkgoT().TempDir(), listener: listen()}
	}
	p.deploy(names...)
	return p
}

func leafOf(ca *scenario.Pair, name string) *scenario.Pair {
	return scenario.Issue(scenario.Spec{CommonName: name, SANs: []string{name, "127.0.0.1"}, Issuer: ca})
}

func (p *platform) put(path string, data map[string]any) {
	GinkgoHelper()
	if p.kv == 2 {
		data = map[string]any{"data": data}
		path = "data/" + path
	}
	p.vault.Write(p.engine+"/"+path, data)
}

func (p *platform) get(path string) map[string]any {
	GinkgoHelper()
	if p.kv == 2 {
		path = "data/" + path
	}
	secret, err := p.vault.Client.Logical().Read(p.engine + "/" + path)
	Expect(err).NotTo(HaveOccurred())
	if secret == nil {
		return nil
	}
	if data, ok := secret.Data["data"].(map[string]any); p.kv == 2 {
		_ = ok
		return data
	}
	return secret.Data
}

// deploy renders VMs with what Vault holds, restarts their processes, and lets their agents report.
func (p *platform) deploy(names ...string) {
	GinkgoHelper()
	for _, name := range names {
		vm, leaf, ca := p.vms[name], p.get("cf/"+name), p.get("cf/ca")["certificate"].(string)
		config, err := json.Marshal(map[string]any{"cert": leaf["certificate"], "key": leaf["key"], "ca": ca})
		Expect(err).NotTo(HaveOccurred())
		Expect(scenario.VM{Jobs: map[string]scenario.Files{
			name:   {"config/tls.crt": leaf["certificate"].(string), "config/tls.key": leaf["key"].(string), "config/ca.crt": ca},
			"silk": {"config/silk.json": string(config)},
		}}.Write(vm.root)).To(Succeed())
		vm.restart()
		p.report(name)
	}
}

// report writes what the agent of a VM finds.
func (p *platform) report(name string) {
	GinkgoHelper()
	c := config.Default()
	c.Instance = report.Instance{Deployment: "cf", Group: name, ID: "0"}
	r, err := (&check.Checker{Root: p.vms[name].root, Config: c, Now: time.Now}).Check(context.Background())
	Expect(err).NotTo(HaveOccurred())
	file, err := os.Create(filepath.Join(p.store, name+".json"))
	Expect(err).NotTo(HaveOccurred())
	defer file.Close()
	Expect(r.WriteJSON(file)).To(Succeed())
}

// refused are the pairs of VMs that do not understand each other now.
func (p *platform) refused() (pairs []string) {
	GinkgoHelper()
	for _, from := range slices.Sorted(maps.Keys(p.vms)) {
		for _, to := range slices.Sorted(maps.Keys(p.vms)) {
			if err := p.vms[from].connect(p.vms[to]); err != nil {
				pairs = append(pairs, fmt.Sprintf("%s -> %s: %v", from, to, err))
			}
		}
	}
	return pairs
}

// rotate calls the command.
func (p *platform) rotate(verb string, args ...string) outcome {
	return call(p.env, append([]string{"rotate", verb, p.ca, "--report", p.store}, args...)...)
}

// status is the state that the command shows.
func (p *platform) status(args ...string) (s rotation.State) {
	GinkgoHelper()
	o := p.rotate("status", append(args, "--format", "json")...)
	Expect(o.code).To(BeNumerically("<", exitFailed), o.err)
	Expect(json.Unmarshal([]byte(o.out), &s)).To(Succeed(), o.out)
	return s
}

// matches tells whether a key belongs to the first certificate.
func matches(certificate, key string) error {
	_, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	return err
}
