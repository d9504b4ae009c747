package settings_test

import (
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/settings"
	"cert-health/internal/strict"
)

const full = `
listen: {address: "127.0.0.1:8443", certificate: /c/hub.crt, private_key: /c/hub.key}
external_url: https://certificates.example.com
drain_time: 12s
database: {url: "postgres://hub:s3cr3t@db.example/hub"}
thresholds: {expiring: 60d, expiring_soon: 14d}
agents: {address: "10.0.0.5:8444", certificate: /c/agents.crt, private_key: /c/agents.key, client_ca: /c/ca.crt, nats_ca: /c/nats.crt, interval: 30s, proxies: [10.0.0.0/24, "10.0.1.9"]}
sources:
  - {name: prod, type: vault, address: "https://vault.example:8200", auth: {token: s3cr3t}, interval: 5m}
  - {name: lab, type: vault, address: "https://lab.example:8200", auth: {token: s3cr3t}, paths: [secret/lab]}
  - {name: ch, type: credhub, address: "https://credhub.example:8844", client_id: hub, client_secret: s3cr3t}
  - {name: om, type: opsman, address: "https://opsman.example", client_id: hub, client_secret: s3cr3t}
  - {name: bosh, type: director, address: "https://bosh.example:25555", client_id: hub, client_secret: s3cr3t}
  - {name: sites, type: tls, hosts: ["example.com:443", {host: "smtp://mail.example", server_name: mail}], host_timeout: 3s}
login: {local: true, session_time: 8h, oidc: {issuer: "https://uaa.example/oauth/token", client_id: hub, client_secret: s3cr3t, roles: {operator: [cert-health.operator], viewer: ["*"]}}}
notifications:
  channels: [{name: team, slack: {url: "https://hooks.example/s3cr3t"}}]
  rules: [{name: daily, filter: "source=prod", schedule: "0 8 * * *", time_zone: Europe/Berlin, channels: [team]}]
metrics: {placements: true, token: s3cr3t}
log: {level: debug}
`

func parse(text string) (settings.Settings, strict.Problems) {
	return settings.Parse([]byte(text), nil)
}

// vaultNamed are sources with one Vault.
func vaultNamed(name string) string {
	return "sources:\n- {type: vault, name: '" + name + "', address: 'https://v.example', auth: {token: s3cr3t}}"
}

var _ = Describe("Parse", func() {
	It("reads every key", func() {
		s, problems := parse(full)
		Expect(problems).To(BeEmpty())
		Expect(s.Listen).To(Equal(settings.Listen{Address: "127.0.0.1:8443", Certificate: "/c/hub.crt", PrivateKey: "/c/hub.key"}))
		Expect(s.DrainTime).To(Equal(12 * time.Second))
		Expect(s.Database.URL.Reveal()).To(Equal("postgres://hub:s3cr3t@db.example/hub"))
		Expect(s.Sources).To(HaveExactElements(
			And(HaveField("Name", "prod"), HaveField("Interval", 5*time.Minute)),
			And(HaveField("Name", "lab"), HaveField("Interval", 30*time.Minute), HaveField("Options.Paths", []string{"secret/lab"})),
			HaveField("Type", "credhub"), HaveField("Type", "opsman"), HaveField("Type", "director"), HaveField("Options.Hosts", HaveLen(2))))
		Expect(s.Agents.On()).To(BeTrue())
		Expect(s.Agents.Networks()).To(HaveExactElements(netip.MustParsePrefix("10.0.0.0/24"), netip.MustParsePrefix("10.0.1.9/32")))
		Expect(s.Login.OIDC.Roles.Viewer).To(Equal([]string{"*"}))
		for _, configured := range s.Sources {
			source, err := configured.Open()
			Expect(err).NotTo(HaveOccurred())
			Expect(source).NotTo(BeNil())
		}
		Expect(s.Thresholds.Verdict().ExpiringSoon).To(Equal(14 * 24 * time.Hour))
		Expect(s.Metrics.Placements).To(BeTrue())
		Expect(s.Log.Least()).To(Equal(slog.LevelDebug))
		Expect(fmt.Sprintf("%v %+v %#v", s, s, s)).NotTo(ContainSubstring("s3cr3t"))
	})

	It("reads the job's properties, and names them in problems", func() {
		_, problems := parse("cert_health_hub: {listen: {insecure: true}, drain_time: 1h}")
		Expect(problems).To(Equal(strict.Problems{"cert_health_hub.drain_time must be at most 15s: bpm kills a process that has not ended after 20s"}))
	})

	It("reports all problems at once", func() {
		_, problems := parse("listen: {address: x}\nexternal_url: x\n")
		Expect(problems).To(HaveLen(4))
	})

	DescribeTable("a problem has the path of the key, its line, and what to write", func(text, problem string) {
		_, problems := parse("listen: {insecure: true}\n" + text)
		Expect(problems).To(Equal(strict.Problems{problem}))
	},
		Entry("a mistyped key", "thresholds:\n  expirng: 1d", `thresholds.expirng (line 3) is not a known key; did you mean "expiring"?`),
		Entry("a URL with a path", "external_url: https://a.example/hub", "external_url must have no path: the hub answers at the root of a host"),
		Entry("a URL with a password", "external_url: https://u:p@a.example", "external_url must be a URL such as https://certificates.example.com"),
		Entry("another database", "database: {url: 'mysql://h/d'}", "database.url must be sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE"),
		Entry("a relative path", "database: {url: 'sqlite:hub.db'}", "database.url must name an absolute path, such as sqlite:/var/vcap/store/cert-health-hub/hub.db"),
		Entry("thresholds in the wrong order", "thresholds: {expiring: 1d}", "thresholds.expiring_soon must not be longer than expiring"),
		Entry("a source without a type", "sources:\n- name: x", "sources[0].type (line 3) is missing: it must be one of vault, credhub, opsman, director, tls"),
		Entry("an unknown type", "sources: [{type: valt}]", `sources[0].type (line 2) must be one of vault, credhub, opsman, director, tls; did you mean "vault"?`),
		Entry("a source without a name", vaultNamed(""), "sources[0].name is missing: it names the source on pages and in URLs"),
		Entry("a name that cannot be in a URL", vaultNamed("a/b"), "sources[0].name must have at most 64 letters, digits, '-', '_' and '.', and begin with a letter or digit"),
		Entry("the name of the hub's own certificate", vaultNamed("hub"), "sources[0].name must not be hub: that is the hub's own certificate"),
		Entry("a filter with an unknown state", "notifications: {channels: [{name: c, slack: {url: 'https://h.example'}}], rules: [{name: a, on_change: true, channels: [c], filter: 'state=old'}]}",
			`notifications.rules[0].filter: the parameter "state": `+"it must be one of expired, not_yet_valid, expiring_soon, broken, expiring, unverified, ok, history"),
		Entry("a filter with an unknown source", vaultNamed("prod")+"\nnotifications: {channels: [{name: c, slack: {url: 'https://h.example'}}], rules: [{name: a, on_change: true, channels: [c], filter: 'source=prodd'}]}",
			`notifications.rules[0].filter names a source that is not in sources; did you mean "prod"?`),
		Entry("two sources with one name", vaultNamed("a")+vaultNamed("a")[len("sources:"):], "sources[1].name is the name of two sources: each needs its own"),
		Entry("a source that is asked all the time", strings.Replace(vaultNamed("a"), "type: vault", "type: vault, interval: 1s", 1), "sources[0].interval must be at least 10s"),
		Entry("a setting of the type", "sources: [{name: a, type: vault, adress: x}]", `sources[0].adress (line 2) is not a known key; did you mean "address"?`),
		Entry("a rule without a channel", "notifications: {rules: [{name: a, on_change: true}]}", "notifications.rules[0].channels is empty: name a channel to which the rule sends"),
		Entry("a public hub without a login", "login: {none: true, local: false}", "login.none needs listen.address to be on loopback, such as 127.0.0.1:8443: others could change everything; to allow that set insecure_public_none too"),
		Entry("OIDC without a URL to come back to", "login: {oidc: {issuer: 'https://l.example', client_id: hub, roles: {viewer: ['*']}}}", "external_url is missing: after the log-in the provider of login.oidc sends people there"),
		Entry("agents that see no certificate", "agents: {client_ca: /c/ca.crt}", "agents.certificate is missing: agents need TLS, and listen.insecure is true"),
		Entry("half a pair for agents", "agents: {certificate: /c/a.crt, client_ca: /c/ca.crt}", "agents.certificate and agents.private_key belong together: set both, or none to use those of listen"),
		Entry("no CA for agents", "agents: {certificate: /c/a.crt, private_key: /c/a.key}", "agents.client_ca is missing: it signs the client certificates of the agents"),
		Entry("the CA of NATS without a Director", "agents: {certificate: /c/a.crt, private_key: /c/a.key, nats_ca: /c/ca.crt}", "agents.nats_ca needs a source of type director: it knows which bosh-agent belongs to which instance"),
		Entry("the port of people for agents", "agents: {address: ':8443', certificate: /c/a.crt, private_key: /c/a.key, client_ca: /c/ca.crt}", "agents.address must have another port than listen.address: agents need a client certificate, and people have none"),
		Entry("no port for agents", "agents: {address: '8444'}", "agents.address is not an address with a port, such as :8444 or 10.0.0.5:8444"),
		Entry("a relative path for agents", "agents: {client_ca: ca.crt, certificate: /c/a.crt, private_key: /c/a.key}", "agents.client_ca must be an absolute path"),
		Entry("a balancer by name", "agents: {proxies: [balancer]}", "agents.proxies[0] is not an address or a network such as 10.0.0.0/24"),
		Entry("heartbeats without a pause", "agents: {interval: 1s}", "agents.interval must be from 10s to 10m"),
		Entry("heartbeats that no agent sends", "agents: {interval: 11m}", "agents.interval must be from 10s to 10m"),
		Entry("a level", "log: {level: wrn}", `log.level must be one of debug, info, warn, error; did you mean "warn"?`),
	)

	DescribeTable("the listener needs a certificate, or to be told that it has none", func(listen, problem string) {
		_, problems := parse("listen: {" + listen + "}")
		Expect(problems).To(ContainElement(ContainSubstring(problem)))
	},
		Entry(nil, "", "listen.certificate is missing"),
		Entry(nil, "certificate: /c", "listen.private_key is missing"),
		Entry(nil, "certificate: c, private_key: /k", "listen.certificate must be an absolute path"),
		Entry(nil, "insecure: true, certificate: /c", "listen.insecure must be false"),
		Entry(nil, "insecure: true, address: '8443'", "listen.address is not an address with a port"),
	)
})

var _ = DescribeTable("the URL of a hub is that of external_url, or this machine", func(text, url string) {
	s, _ := parse(text)
	Expect(s.URL()).To(Equal(url))
},
	Entry(nil, "", "https://localhost:8443"),
	Entry(nil, "listen: {address: '10.0.0.5:443'}", "https://10.0.0.5:443"),
	Entry(nil, "listen: {address: '127.0.0.1:8080', insecure: true}", "http://127.0.0.1:8080"),
	Entry(nil, "external_url: https://certificates.example.com/", "https://certificates.example.com"),
)

var _ = Describe("Load", func() {
	write := func(text string) string {
		file := filepath.Join(GinkgoT().TempDir(), "hub.yml")
		Expect(os.WriteFile(file, []byte(text), 0o600)).To(Succeed())
		return file
	}

	It("names the file and all its problems", func() {
		file := write("listen: {insecure: true}\nlgo: {}\ndatabase: {url: s3cr3t}\n")
		_, err := settings.Load(file, nil)
		Expect(err).To(MatchError(HavePrefix(file + ": lgo (line 2) is not a known key")))
		Expect(err.Error()).NotTo(ContainSubstring("s3cr3t"))
	})

	It("tells that a file is missing, and refuses one that cannot be a configuration", func() {
		_, err := settings.Load("/not/there", nil)
		Expect(err).To(MatchError("read the configuration: there is no file /not/there: name one with --config FILE"))
		_, err = settings.Load(write(strings.Repeat("#", 5<<20)), nil)
		Expect(err).To(MatchError(ContainSubstring("is larger than 4 MiB")))
	})
})
