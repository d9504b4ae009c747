package settings

import (
	"net/netip"
	"slices"
	"time"

	"cert-health/hub/internal/source/director"
	"cert-health/internal/strict"
	"cert-health/internal/uplink"
)

// Agents says where agents report, and which may. The hub listens for them as soon as it has a CA of their
// certificates.
type Agents struct {
	Address     string `yaml:"address"`
	Certificate string `yaml:"certificate"` // file in PEM, with the intermediates; empty: that of listen
	PrivateKey  string `yaml:"private_key"` // file in PEM
	ClientCA    string `yaml:"client_ca"`   // file with the CAs of agents' own certificates
	NATSCA      string `yaml:"nats_ca"`     // file with the CAs of the certificates of bosh-agents
	// Interval is the time between two heartbeats of an agent, as the agents have it too.
	Interval time.Duration `yaml:"interval"`
	// Proxies are addresses and networks of balancers that tell the address of the agent by the PROXY protocol.
	Proxies []string `yaml:"proxies"`
}

// On tells whether the hub listens for agents.
func (a *Agents) On() bool { return a.Address != "" && (a.ClientCA != "" || a.NATSCA != "") }

// Networks are the proxies.
func (a *Agents) Networks() (all []netip.Prefix) {
	for _, text := range a.Proxies {
		if network, ok := network(text); ok {
			all = append(all, network)
		}
	}
	return all
}

func network(text string) (netip.Prefix, bool) {
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), true
	}
	parsed, err := netip.ParsePrefix(text)
	return parsed.Masked(), err == nil
}

func defaultAgents() Agents { return Agents{Address: ":8444", Interval: uplink.DefaultInterval} }

// HasDirector tells whether a source lists the instances.
func (s *Settings) HasDirector() bool {
	return slices.ContainsFunc(s.Sources, func(source Source) bool { return source.Type == director.Type })
}

func (v *validator) agents(s *Settings) {
	a := &s.Agents
	if a.Interval < uplink.LeastInterval || a.Interval > uplink.MostInterval {
		v.Add("agents.interval must be from 10s to 10m")
	}
	for i, text := range a.Proxies {
		if _, ok := network(text); !ok {
			v.Add("%s is not an address or a network such as 10.0.0.0/24", strict.Item("agents.proxies", i))
		}
	}
	if a.Address != "" {
		v.agentsAddress(s)
	}
	if (a.Certificate == "") != (a.PrivateKey == "") {
		v.Add("agents.certificate and agents.private_key belong together: set both, or none to use those of listen")
	}
	for _, file := range [][2]string{{"certificate", a.Certificate}, {"private_key", a.PrivateKey}, {"client_ca", a.ClientCA}, {"nats_ca", a.NATSCA}} {
		if file[1] != "" {
			v.file("agents."+file[0], file[1])
		}
	}
	if a.On() && a.Certificate == "" && s.Listen.Insecure {
		v.Add("agents.certificate is missing: agents need TLS, and listen.insecure is true")
	}
	if a.Certificate != "" && a.Address != "" && !a.On() {
		v.Add("agents.client_ca is missing: it signs the client certificates of the agents")
	}
	if a.NATSCA != "" && !s.HasDirector() {
		v.Add("agents.nats_ca needs a source of type director: it knows which bosh-agent belongs to which instance")
	}
}

func (v *validator) agentsAddress(s *Settings) {
	if !address(s.Agents.Address) {
		v.Add("agents.address is not an address with a port, such as :8444 or 10.0.0.5:8444")
	} else if s.Agents.On() && s.Agents.Address == s.Listen.Address && !anyPort(s.Agents.Address) {
		v.Add("agents.address must have another port than listen.address: agents need a client certificate, and people have none")
	}
}
