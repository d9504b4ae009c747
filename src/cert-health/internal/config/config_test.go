package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/config"
	"cert-health/internal/discover"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/secret"
	"cert-health/internal/served"
	"cert-health/internal/uplink"
	"cert-health/internal/verdict"
)

const full = `
instance: {deployment: cf, group: cell, id: 3f2a, az: z1, address: 10.0.0.5}
deploy_command: genesis deploy prod-{{deployment}}
scan:
  paths: [/var/vcap/data/haproxy/ssl]
  extra:
    - {glob: /etc/ssl/own/**/*.pem, class: vm, expiring: 10d, expiring_soon: 2d}
    - {glob: /var/vcap/data/api/*.pem, class: job}
  built_in: [trust]
  exclude: ["**/*.log", /var/vcap/jobs/fixtures/**]
  max_file_size: 1048576
  max_files: 1000
  passwords:
    - {glob: "**/*.p12", password: s3cr3t}
    - {glob: /var/vcap/jobs/api/config/*.jks, script: /var/vcap/jobs/api/bin/start, variable: STORE_PASSWORD}
    - {glob: /var/vcap/data/**, file: /var/vcap/data/api/password}
vault:
  address: https://vault.example:8200
  namespace: ops
  ca_cert: /var/vcap/jobs/cert-health/config/vault_ca.pem
  paths: ["secret/{{deployment}}", "secret/{{ az }}/{{instance_group}}"]
  redirect_hosts: [vault-1.example]
  mount: secret
  kv_version: 2
  timeout: 90s
  concurrency: 4
  max_secrets: 100
  auth:
    approle: {mount: approle-cf, role_id: r, secret_id: s3cr3t}
agent: {scan_interval: 30s, compare_interval: 5m, data_dir: /var/vcap/data/elsewhere}
hub: {url: https://hub.example:8444, ca_cert: /ca, certificate: /crt, private_key: /key, identity: nats, interval: 2m}
served: {interval: 30m, never_ports: [22, 8080], never_jobs: [mysql]}
alerts: {address: "127.0.0.1:2825", remind_after: 12h, quiet_after_start: 1m}
thresholds: {expiring: 45d, expiring_soon: 36h, drift_grace: 2d}
rules:
  - {job: haproxy, file: "**/*.pem", expiring: 10d}
  - {subject: "CN=old*", codes: [weak], severity: info}
ignore:
  - {codes: [stale], job: rep, reason: "frozen until the move", until: 2027-01-31}
`

func problems(text string) []string {
	_, list := config.Parse([]byte(text))
	return list
}

var _ = Describe("Parse", func() {
	It("reads every key", func() {
		c, list := config.Parse([]byte(full))
		Expect(list).To(BeEmpty())
		Expect(c.Deploy(c.Instance)).To(Equal([]string{"genesis", "deploy", "prod-cf"}))
		Expect(c.Deploy(report.Instance{})).To(BeEmpty(), "the deployment is not known")
		Expect(c.Scan.MaxFileSize).To(BeEquivalentTo(1 << 20))
		Expect(c.Served.Enabled).To(BeTrue())
		Expect(c.Served.Options).To(And(HaveField("Interval", 30*time.Minute),
			HaveField("Never", served.Never{Ports: []uint16{22, 8080}, Jobs: []string{"mysql"}})))
		Expect(c.Discover("/r").Paths).To(Equal([]string{"/var/vcap/data/haproxy/ssl"}))
		Expect(c.Discover("/r").Extra).To(Equal(append([]discover.Extra{
			{Glob: "/etc/ssl/own/**/*.pem", Class: cert.VMFile}, {Glob: "/var/vcap/data/api/*.pem", Class: cert.JobFile},
		}, discover.Own("trust")...)), "scan.extra comes before scan.built_in")
		Expect(c.Discover("/r").Passwords).To(Equal([]keystore.Password{
			{Glob: "**/*.p12", Literal: secret.New("s3cr3t")},
			{Glob: "/var/vcap/jobs/api/config/*.jks", Script: "/var/vcap/jobs/api/bin/start", Variable: "STORE_PASSWORD"},
			{Glob: "/var/vcap/data/**", File: "/var/vcap/data/api/password"},
		}))
		Expect(c.Vault.Client.Auth.AppRole.SecretID).To(Equal(secret.New("s3cr3t")))

		Expect(c.Vault.PathsFor(c.Instance)).To(Equal([]string{"secret/cf", "secret/z1/cell"}))
		Expect(c.Vault.Timeout).To(Equal(90 * time.Second))

		Expect(c.Hub).To(Equal(uplink.Options{URL: []string{"https://hub.example:8444"}, CACert: "/ca", Cert: "/crt", PrivateKey: secret.New("/key"),
			Identity: uplink.ByNATS, Interval: 2 * time.Minute}))

		policy := c.Policy()
		Expect(policy.Thresholds).To(Equal(verdict.Thresholds{Expiring: 45 * 24 * time.Hour, ExpiringSoon: 36 * time.Hour, DriftGrace: 48 * time.Hour}))
		Expect(policy.Rules).To(HaveLen(3))
		Expect(policy.Rules[0]).To(Equal(verdict.Rule{Scope: verdict.Scope{File: "/etc/ssl/own/**/*.pem"},
			Thresholds: verdict.Thresholds{Expiring: 240 * time.Hour, ExpiringSoon: 48 * time.Hour}}), "rules come later, and win")
		Expect(policy.Rules[2].Severity).To(Equal(verdict.Info))
		Expect(policy.Ignore[0].Until.End).To(Equal(time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)), "the last day is included")
	})

	It("keeps the defaults of keys that the file does not have", func() {
		for _, text := range []string{"", "\n", "# nothing\n", "{}", "thresholds:\nvault:\n"} {
			c, list := config.Parse([]byte(text))
			Expect(list).To(BeEmpty(), text)
			Expect(c).To(Equal(config.Default()), text)
		}
		c, _ := config.Parse([]byte("thresholds: {expiring: 40d}"))
		Expect(c.Policy().DriftGrace).To(Equal(24 * time.Hour))
	})

	It("follows YAML's anchors", func() {
		c, list := config.Parse([]byte("instance: {az: &z z1, id: *z}"))
		Expect(list).To(BeEmpty())
		Expect(c.Instance.ID).To(Equal("z1"))
	})

	DescribeTable("a problem has its path and a suggestion",
		func(text string, problem any) { Expect(problems(text)).To(ConsistOf(problem)) },
		Entry("invalid YAML", "a: [", "it is not valid YAML: line 1: did not find expected node content"),
		Entry("not a mapping", "- a", "the document must be a mapping of keys to values"),
		Entry("unknown key", "vault:\n  adress: x\n", `vault.adress (line 2) is not a known key; did you mean "address"?`),
		Entry("unknown key in a list", "rules:\n  - severity: info\n  - serverity: info\n", `rules[1].serverity (line 3) is not a known key; did you mean "severity"?`),
		Entry("unknown key like nothing", "foobarbaz: 1", "foobarbaz is not a known key"),
		Entry("a key twice", "scan: {max_files: 1, max_files: 2}", "scan.max_files appears twice"),
		Entry("a string for a list", "scan: {paths: /x}", "scan.paths must be a list"),
		Entry("a list for a string", "vault: {namespace: [a]}", "vault.namespace must be a string"),
		Entry("a string for a mapping", "vault: x", "vault must be a mapping of keys to values"),
		Entry("a string for a number", "scan: {max_files: many}", "scan.max_files must be a whole number, not negative"),
		Entry("a negative number", "scan: {max_files: -1}", "scan.max_files must be a whole number, not negative"),
		Entry("a duration without a unit", "thresholds: {expiring: 30}", "thresholds.expiring is not a valid duration: write 90s, 24h or 30d"),
		Entry("a list for a duration", "thresholds: {expiring: [1d]}", "thresholds.expiring is not a valid duration: write 90s, 24h or 30d"),
		Entry("an invalid date", "ignore: [{job: a, reason: b, until: tomorrow}]", "ignore[0].until: it is not a valid date: write 2027-01-31"),
		Entry("a deploy command for a shell", "deploy_command: cd x && ./deploy", "deploy_command must consist of plain words without quotes and other special characters of a shell: put anything else into a script, and name the script"),
		Entry("an unknown placeholder of the deploy command", "deploy_command: 'deploy {{deploymnt}}'", `deploy_command: {{deploymnt}} is not known: use deployment, instance_group, az; did you mean "deployment"?`),
		Entry("a relative path", "scan: {paths: [x]}", "scan.paths[0] must be an absolute path"),
		Entry("a glob that never matches", "scan: {exclude: ['*.pem']}", `scan.exclude[0]: "*.pem" never matches, because it is compared with absolute paths: write "**/*.pem"`),
		Entry("a broken glob", "scan: {exclude: ['/a[']}", `scan.exclude[0]: "/a[" is not a valid glob: a bracket, a brace or a backslash is not closed`),
		Entry("further files without a class", "scan: {extra: [{glob: /x/*}]}", `scan.extra[0].class: "" is not known: use job, vm, trust, identity`),
		Entry("further files of an unknown class", "scan: {extra: [{glob: /x/*, class: thrust}]}", `scan.extra[0].class: "thrust" is not known: use job, vm, trust, identity; did you mean "trust"?`),
		Entry("a search of the whole VM", "scan: {extra: [{glob: '/**/*.pem', class: vm}]}", `scan.extra[0].glob: "/**/*.pem" would be searched for on the whole VM: begin it with a directory, as in /etc/ssl/**/*.pem`),
		Entry("a glob without a directory", "scan: {extra: [{glob: '**/*.pem', class: vm}]}", `scan.extra[0].glob: "**/*.pem" would be searched for on the whole VM: begin it with a directory, as in /etc/ssl/**/*.pem`),
		Entry("further files without a glob", "scan: {extra: [{class: vm}]}", `scan.extra[0].glob: "" would be searched for on the whole VM: begin it with a directory, as in /etc/ssl/**/*.pem`),
		Entry("further files by a broken glob", "scan: {extra: [{glob: '/a[', class: vm}]}", `scan.extra[0].glob: "/a[" is not a valid glob: a bracket, a brace or a backslash is not closed`),
		Entry("files of a job as further files", "scan: {extra: [{glob: '/var/vcap/jobs/*/x.pem', class: vm}]}", `scan.extra[0].glob: "/var/vcap/jobs/*/x.pem" is a file of a job, which is scanned anyway: to set thresholds for it, use rules`),
		Entry("a threshold of instance identities", "scan: {extra: [{glob: '/x/*', class: identity, expiring: 1h}]}", "scan.extra[0] has a threshold, but instance identities are renewed shortly before they expire: remove the threshold"),
		Entry("thresholds of further files in the wrong order", "scan: {extra: [{glob: '/x/*', class: vm, expiring: 1d, expiring_soon: 2d}]}", "scan.extra[0].expiring_soon must not be longer than expiring"),
		Entry("an unknown set of built-in files", "scan: {built_in: [agent, trusts]}", `scan.built_in[1]: "trusts" is not known: use agent, trust, identities; did you mean "trust"?`),
		Entry("a password without a glob", "scan: {passwords: [{password: s}]}", "scan.passwords[0]: the glob is missing: it selects the key stores"),
		Entry("a password with a glob that never matches", "scan: {passwords: [{glob: '*.p12', password: s}]}", `scan.passwords[0]: "*.p12" never matches, because it is compared with absolute paths: write "**/*.p12"`),
		Entry("two places of one password", "scan: {passwords: [{glob: '**/*.p12', password: s, file: /p}]}", "scan.passwords[0]: set only one of password, file and script"),
		Entry("a script without its variable", "scan: {passwords: [{glob: '**/*.p12', script: /s}]}", "scan.passwords[0]: set both script and variable"),
		Entry("a relative file of a password", "scan: {passwords: [{glob: '**/*.p12', file: p}]}", `scan.passwords[0]: "p" is not an absolute path`),
		Entry("one password instead of a list", "scan: {passwords: {glob: '**/*.p12'}}", "scan.passwords must be a list"),
		Entry("limits of zero", "scan: {max_files: 0}", "scan.max_files must be greater than 0"),
		Entry("thresholds in the wrong order", "thresholds: {expiring: 1d}", "thresholds.expiring_soon must not be longer than expiring"),
		Entry("an address without a scheme", "vault: {address: 'vault:8200', paths: [secret]}", "vault.address must begin with https:// (or http:// on loopback)"),
		Entry("no paths", "vault: {address: 'https://v'}", `vault.paths is missing: add the paths to search, as in paths: ["secret/{{deployment}}"]`),
		Entry("an unknown placeholder", "vault: {address: 'https://v', paths: ['s/{{deploymnt}}']}", `vault.paths[0]: {{deploymnt}} is not known: use deployment, instance_group, az; did you mean "deployment"?`),
		Entry("an open placeholder", "vault: {address: 'https://v', paths: ['s/{{az']}", `vault.paths[0]: "s/{{az" has a {{ without its }}`),
		Entry("an empty path", "vault: {address: 'https://v', paths: ['/']}", "vault.paths[0]: the path is empty: it must begin with a mount, such as secret"),
		Entry("a KV version of 3", "vault: {address: 'https://v', paths: [s], kv_version: 3}", "vault.kv_version must be 1 or 2, or 0 to ask the mount"),
		Entry("two auth methods", "vault: {address: 'https://v', paths: [s], auth: {token: a, approle: {role_id: b}}}", "vault.auth must have one method only: a token, approle, cert or jwt"),
		Entry("two tokens", "vault: {address: 'https://v', paths: [s], auth: {token: a, token_file: b}}", "vault.auth.token and token_file cannot be set together"),
		Entry("an AppRole without its role id", "vault: {address: 'https://v', paths: [s], auth: {approle: {secret_id: b}}}", "vault.auth.approle.role_id is missing"),
		Entry("a private key without its certificate", "vault: {address: 'https://v', paths: [s], auth: {cert: {private_key: b}}}", "vault.auth.cert needs both certificate and private_key"),
		Entry("no concurrency", "vault: {address: 'https://v', paths: [s], concurrency: 0}", "vault.concurrency must be greater than 0"),
		Entry("no time between scans", "agent: {scan_interval: 0s}", "agent.scan_interval must be at least 1s"),
		Entry("too much time between scans", "agent: {scan_interval: 1h}", "agent.scan_interval must not be longer than 10m: monit reports an agent that has not scanned for 15m"),
		Entry("a relative directory", "agent: {data_dir: x}", "agent.data_dir must be an absolute path"),
		Entry("reminders every second", "alerts: {remind_after: 1s}", "alerts.remind_after must be at least 1m"),
		Entry("a certificate of the metrics server without its private key", "metrics: {tls: {certificate: c}}", "metrics.tls needs both certificate and private_key for TLS"),
		Entry("no time between handshakes", "served: {interval: 0s}", "served.interval must be at least 1s"),
		Entry("an invalid port", "served: {never_ports: [22, 70000]}", "served.never_ports[1] must be a whole number from 0 to 65535"),
		Entry("a path for a job", "served: {never_jobs: [/var/vcap/jobs/mysql]}", "served.never_jobs[0] must be the name of a job"),
		Entry("an unknown severity", "rules: [{severity: high}]", `rules[0].severity: "high" is not a severity: use info, warning, error, critical`),
		Entry("a rule without a change", "rules: [{job: a}]", "rules[0] changes nothing: add a severity or a threshold"),
		Entry("a threshold with codes", "rules: [{expiring: 9d, codes: [weak]}]", "rules[0] has both codes and a threshold, which applies to certificates, not to codes: write two rules"),
		Entry("a rule with thresholds in the wrong order", "rules: [{job: a, expiring: 1d, expiring_soon: 2d}]", "rules[0].expiring_soon must not be longer than expiring"),
		Entry("an unknown code", "rules: [{codes: [expird], severity: info}]", HavePrefix(`rules[0].codes[0]: "expird" is not known: use expired, `)),
		Entry("ignoring everything", "ignore: [{reason: a, until: 2027-01-01}]", "ignore[0] would ignore everything: add a job, file, subject or codes"),
		Entry("ignoring without a reason", "ignore: [{job: a, until: 2027-01-01}]", "ignore[0].reason is missing: the report shows it"),
		Entry("ignoring without a last day", "ignore: [{job: a, reason: b}]", "ignore[0].until is missing: add the last day, such as '2027-01-31'"),
	)

	It("reads the job's properties, and names them in problems", func() {
		c, list := config.Parse([]byte("cert_health: {scan: {max_files: 7}}"))
		Expect(list).To(BeEmpty())
		Expect(c.Scan.MaxFiles).To(Equal(7))
		Expect(problems("cert_health: {scan: {passwords: [{glob: '**/*'}], max_files: 0}}")).To(ConsistOf("cert_health.scan.max_files must be greater than 0"))
		Expect(problems("cert_health: {scan: {password: []}}")).To(ConsistOf(`cert_health.scan.password is not a known key; did you mean "passwords"?`))
	})

	It("prints no secret", func() {
		c, _ := config.Parse([]byte(full))
		encoded, err := json.Marshal(c.Scan.Passwords)
		Expect(err).NotTo(HaveOccurred())
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
			Expect(fmt.Sprintf(verb, c)+string(encoded)).NotTo(ContainSubstring("s3cr3t"), verb)
		}
	})

	It("reports all problems at once", func() {
		Expect(problems("vault: {adress: x}\nscan: {max_files: x}\nfoo: 1\n")).To(HaveLen(3))
	})

	It("contains no value of an invalid file, which may be a secret in the wrong line", func() {
		for _, text := range []string{
			"thresholds: {expiring: s3cr3t}", "scan: {max_files: s3cr3t}", "vault: s3cr3t", "scan: s3cr3t",
			"scan: {passwords: s3cr3t}", "scan: {passwords: [s3cr3t]}", "scan: {passwords: [{glob: x, password: s3cr3t}]}", "scan: {passwords: [{password: [s3cr3t]}]}", "ignore: [{until: s3cr3t}]",
			"vault: {auth: {token: [s3cr3t]}}", "a: s3cr3t: b", "\tvault: s3cr3t", "vault: {auth: {token: 's3cr3t}}",
		} {
			list := problems(text)
			Expect(list).NotTo(BeEmpty(), text)
			Expect(fmt.Sprint(list)).NotTo(ContainSubstring("s3cr3t"), text)
		}
	})
})

var _ = Describe("Load", func() {
	It("names the file in every error", func() {
		file := filepath.Join(GinkgoT().TempDir(), "c.yml")
		_, err := config.Load(file)
		Expect(err).To(MatchError(ContainSubstring(file)))
		Expect(os.WriteFile(file, []byte("a: 1\nb: 2\n"), 0o600)).To(Succeed())
		_, err = config.Load(file)
		Expect(err).To(MatchError(file + ": 2 problems\n  a (line 1) is not a known key\n  b (line 2) is not a known key"))
	})
})

var _ = Describe("Sources", func() {
	It("says which part of a path is not known of this VM", func() {
		c, list := config.Parse([]byte("vault: {address: 'https://v', paths: ['secret/{{deployment}}']}"))
		Expect(list).To(BeEmpty())
		_, err := c.Sources.Open(report.Instance{}, reference.Once, time.Now)
		Expect(err).To(MatchError(ContainSubstring("the deployment of this VM is not known")))
	})

	It("asks the hub with the settings of the reports to it", func() {
		c, list := config.Parse([]byte("{reference: hub, hub: {url: 'https://h', identity: nats}}"))
		Expect(list).To(BeEmpty())
		Expect(c.Problems()).To(BeEmpty())
		opened, err := c.OpenSource(report.Instance{}, reference.Once, time.Now)
		Expect(err).NotTo(HaveOccurred())
		Expect(opened).To(And(HaveField("Kind", "hub"), HaveField("Address", "https://h")))
		Expect(c.SourceTitle()).To(Equal("the hub"))
	})

	It("asks either the hub or Vault", func() {
		c, _ := config.Parse([]byte("{reference: hub, hub: {url: 'https://h', identity: nats}, vault: {address: 'https://v', paths: [secret]}}"))
		Expect(c.Problems()).To(ConsistOf("reference is hub, and vault.address is set too: a VM compares with one of them, so remove the other"))
	})

	It("lists the settings of every source", func() {
		sources := reflect.ValueOf(config.Default().Sources)
		for i := range sources.NumField() {
			Expect(sources.Field(i).IsZero()).To(BeFalse(), "%s has no defaults: add it to list", sources.Type().Field(i).Name)
		}
	})
})
