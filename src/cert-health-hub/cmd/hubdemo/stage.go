package main

import (
	"path/filepath"
	"time"

	"cert-health/hub/internal/standin/uaa"
	"cert-health/internal/scenario"
	"cert-health/internal/uplink"
)

// Places say where the servers of the stage are.
type Places struct {
	CredHub, Director, OpsManager string
	CAFile                        string // of the CA of the stage
	Sites                         []site
	Agents                        string // address at which the agents expect the hub
	HubCertificate, HubKey        string // files, for that address
	VMs, Reporting                int    // of the fleet: all, and those with an agent
}

// stage is the servers that the hub looks at.
type stage struct {
	Places
	dir     string
	ca      *scenario.Pair
	started time.Time
	vms     []*vm
	client  *uplink.Client // of all agents
	uaa     *uaa.Server
	uaaURL  string
	closers []func()
}

// The client with which the hub logs in to the stand-ins.
const (
	clientID     = "cert-health"
	clientSecret = "demo-secret"
)

func newStage(dir string) (*stage, error) {
	s := &stage{dir: dir, started: time.Now(), ca: scenario.Issue(scenario.Spec{CommonName: "Platform CA", CA: true,
		NotBefore: time.Now().AddDate(-5, 0, 0), NotAfter: time.Now().AddDate(5, 0, 0)})}
	s.uaa = uaa.New(uaa.Options{Clients: map[string]uaa.Client{
		clientID: {Secret: clientSecret, Scopes: []string{"credhub.read", "credhub.write", "bosh.read", "opsman.full_view"}},
	}})
	var err error
	if s.vms, err = fleet(dir); err != nil {
		return nil, err
	}
	s.VMs, s.Reporting = len(s.vms), reporting(s.vms)
	tokens, err := s.serve(s.uaa)
	if err != nil {
		return nil, err
	}
	s.uaaURL, s.CAFile = tokens.URL, filepath.Join(dir, "stage-ca.pem")
	if err := tokens.CAFile(s.CAFile); err != nil {
		return nil, err
	}
	for _, start := range []func() error{s.credHub, s.director, s.opsManager, s.sites, s.agents} {
		if err := start(); err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

func (s *stage) close() {
	for _, closer := range s.closers {
		closer()
	}
}
