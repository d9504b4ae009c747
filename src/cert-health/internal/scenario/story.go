package scenario

import (
	"encoding/json"
	"fmt"
	"time"
)

// Story is the incident that made this program necessary: thirteen certificates
// expired in Vault, they were renewed, and the deploy succeeded on some VMs
// and hung on the others.
type Story struct {
	CA      *Pair
	Secrets []StorySecret
	VMs     []StoryVM
}

// StorySecret is one secret in the layout of `safe`. Its certificate is expired in the first
// version and renewed in the second.
type StorySecret struct {
	Path     string // below secret/
	Old, New *Pair
}

// StoryVM is one VM with its certificates.
type StoryVM struct {
	Name     string
	Sentence string
	VM       VM
}

// CAPath is where the story's CA is kept below secret/.
const CAPath = "cf/ca"

// storyPaths are the paths of the thirteen certificates.
func storyPaths() []string {
	return []string{
		"api/cf_networking/policy_server_internal/server_cert",
		"syslogger/scalablesyslog/adapter/tls/cert",
		"syslogger/scalablesyslog/adapter_rlp/tls/cert",
		"loggregator_trafficcontroller/reverse_log_proxy/loggregator/tls/reverse_log_proxy/cert",
		"bbs/silk-controller/cf_networking/silk_controller/server_cert",
		"bbs/silk-controller/cf_networking/silk_daemon/server_cert",
		"bbs/locket/tls/cert",
		"diego/scheduler/scalablesyslog/scheduler/tls/api/cert",
		"diego/scheduler/scalablesyslog/scheduler/tls/client/cert",
		"cell/rep/diego/rep/server_cert",
		"cell/rep/tls/cert",
		"cell/vxlan-policy-agent/cf_networking/vxlan_policy_agent/client_cert",
		"cell/silk-daemon/cf_networking/silk_daemon/client_cert",
	}
}

// commonNames are the common names of the thirteen certificates, in the same order.
func commonNames() []string {
	return []string{
		"policy-server.service.cf.internal", "adapter.service.cf.internal", "adapter-rlp.service.cf.internal",
		"reverselogproxy", "silk-controller.service.cf.internal", "silk-daemon.service.cf.internal",
		"locket.service.cf.internal", "scheduler-api.service.cf.internal", "scheduler-client",
		"rep.service.cf.internal", "cell.service.cf.internal", "vxlan-policy-agent", "silk-daemon",
	}
}

// NewStory makes the certificates: issued a year before now, expired five hours
// before it, and renewed at that moment for another year.
func NewStory(now time.Time) *Story {
	s := &Story{CA: Issue(Spec{CommonName: "cf_ca", Organization: "Cloud Foundry", CA: true,
		NotBefore: now.AddDate(-3, 0, 0), NotAfter: now.AddDate(7, 0, 0)})}
	names := commonNames()
	for i, path := range storyPaths() {
		spec := Spec{
			CommonName: names[i], SANs: []string{names[i]}, Issuer: s.CA,
			Client:    i == 8 || i > 10,
			Server:    i < 8,
			NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.Add(-5 * time.Hour),
		}
		renewed := spec
		renewed.NotBefore, renewed.NotAfter = now.Add(-time.Minute), now.AddDate(1, 0, 0)
		s.Secrets = append(s.Secrets, StorySecret{Path: path, Old: Issue(spec), New: Issue(renewed)})
	}
	s.VMs = []StoryVM{s.bbs(), s.api(), {
		Name:     "cell",
		Sentence: "The cell was never reached. Its certificates are expired, bbs does not trust it any more, and the deploy waits for it:",
		VM:       s.cell(func(secret StorySecret) *Pair { return secret.Old }),
	}}
	return s
}

func (s *Story) bbs() StoryVM {
	secrets := s.Secrets
	return StoryVM{
		Name:     "bbs",
		Sentence: "The deploy went through on bbs: files and Vault agree.",
		VM: VM{Deployment: "cf", Group: "bbs", ID: "3f7c0f5e-6c1a-4b8e-9a53-1f0e7d0c2b11", AZ: "z1", Jobs: map[string]Files{
			"silk-controller": {
				"config/silk-controller.json": s.jsonConfig(secrets[4].New),
				"config/certs/server.crt":     secrets[4].New.CertPEM(),
				"config/certs/server.key":     secrets[4].New.KeyPEM(),
				"config/certs/ca.crt":         s.CA.CertPEM(),
				"config/daemon-server.yml":    yamlConfig(secrets[5].New),
			},
			"locket": {
				"config/certs/locket.crt": secrets[6].New.CertPEM(),
				"config/certs/locket.key": secrets[6].New.KeyPEM(),
				"config/certs/ca.crt":     s.CA.CertPEM(),
				"config/locket.json":      `{"listen_address":"0.0.0.0:8891"}` + "\n",
			},
		}},
	}
}

func (s *Story) api() StoryVM {
	secrets := s.Secrets
	return StoryVM{
		Name:     "api",
		Sentence: "On api the deploy was cut short: some jobs have the new certificates, the scheduler and the adapter still have the old ones.",
		VM: VM{Deployment: "cf", Group: "api", ID: "9d1be3a4-07f2-4d3c-8a6e-52f9b6c4e002", AZ: "z1", Jobs: map[string]Files{
			"policy-server-internal": {
				"config/certs/server.crt":           secrets[0].New.CertPEM(),
				"config/certs/server.key":           secrets[0].New.KeyPEM(),
				"config/policy-server-internal.yml": yamlConfig(secrets[0].New),
			},
			"adapter": {
				"config/certs/adapter.crt":     secrets[1].Old.CertPEM(),
				"config/certs/adapter.key":     secrets[1].Old.KeyPEM(),
				"config/certs/adapter-rlp.crt": secrets[2].New.CertPEM(),
				"config/certs/ca.crt":          s.CA.CertPEM(),
			},
			"reverse_log_proxy": {"config/environment.env": envConfig(secrets[3].New)},
			"scheduler": {
				"config/certs/api.crt":        secrets[7].Old.CertPEM(),
				"config/certs/api.key":        secrets[7].Old.KeyPEM(),
				"config/certs/scheduler.ttar": secrets[8].Old.CertPEM() + secrets[8].Old.KeyPEM(),
			},
		}},
	}
}

// Pasted is the cell with the renewed certificates in its files.
func (s *Story) Pasted() VM {
	return s.cell(func(secret StorySecret) *Pair { return secret.New })
}

// cell is the cell with one of the two certificates of each secret.
func (s *Story) cell(pick func(StorySecret) *Pair) VM {
	server, tls, policy, silk := pick(s.Secrets[9]), pick(s.Secrets[10]), pick(s.Secrets[11]), pick(s.Secrets[12])
	return VM{Deployment: "cf", Group: "diego-cell", ID: "c2a1f6d8-5b3e-4f7a-b0d9-7e44a91f3c03", AZ: "z2", Jobs: map[string]Files{
		"rep": {
			"monit":                       "check process rep\n  with pidfile /var/vcap/sys/run/rep/rep.pid\n  group vcap\n",
			"config/certs/rep/server.crt": server.CertPEM() + s.CA.CertPEM(),
			"config/certs/rep/server.key": server.KeyPEM(),
			"config/certs/tls.crt":        tls.CertPEM(),
			"config/certs/tls.key":        tls.KeyPEM(),
			"config/certs/tls_ca.crt":     s.CA.CertPEM(),
			"config/rep.json":             s.jsonConfig(tls),
			"config/certs/unused.crt":     "\n",
		},
		"vxlan-policy-agent": {
			"config/vxlan-policy-agent.yml": yamlConfig(policy),
			"config/certs/ca.crt":           s.CA.CertPEM(),
		},
		"silk-daemon": {
			"bin/pre-start":        scriptConfig(silk),
			"config/client-ca.b64": WrappedBase64(s.CA.CertPEM(), ""),
		},
	}}
}

func (s *Story) jsonConfig(p *Pair) string {
	return string(must(json.Marshal(map[string]string{
		"server_cert": p.CertPEM(), "server_key": p.KeyPEM(), "ca_cert": s.CA.CertPEM(),
	}))) + "\n"
}

func yamlConfig(p *Pair) string {
	return "listen_port: 4222\ntls:\n  certificate: |\n" + Indent(p.CertPEM(), "    ") +
		"  private_key: |\n" + Indent(p.KeyPEM(), "    ")
}

func envConfig(p *Pair) string {
	return fmt.Sprintf("AGENT_CERT=\"%s\"\nAGENT_KEY=\"%s\"\n", escape(p.CertPEM()), escape(p.KeyPEM()))
}

func scriptConfig(p *Pair) string {
	return "#!/bin/bash -e\ncat > /var/vcap/data/silk/client.crt <<'CERT'\n" + p.CertPEM() +
		"CERT\ncat > /var/vcap/data/silk/client.key <<'KEY'\n" + p.KeyPEM() + "KEY\n"
}
