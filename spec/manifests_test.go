package spec_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

const directorManifest = "releases: [{name: bosh, version: 1}]\ninstance_groups: [{name: bosh, jobs: [{name: health_monitor, release: bosh}]}]"

var (
	vault    = []string{"cert_health_version", "cert_health_vault_address", "cert_health_vault_ca_cert"}
	appRole  = append([]string{"cert_health_role_id", "cert_health_secret_id"}, vault...)
	director = []string{"cert_health_version", "cert_health_release", "cert_health_webhook_url"}
	ofHub    = []string{"cert_health_version", "hub_host", "hub_ca", "hub_tls"}
	ofAgent  = append([]string{"cert_health_release"}, appRole...)
)

var _ = DescribeTable("the manifests need only the variables that they name, set only properties that exist, and make a valid configuration",
	func(base, operations string, vars []string) {
		if base == "runtime-config" || base == "hub" {
			base = read("manifests", base+".yml")
		}
		m := interpolate(base, variables(vars...), strings.Fields(operations)...)
		Expect(m.Releases).To(ContainElement(HaveField("Name", "cert-health")))
		Expect(m.jobs()).NotTo(BeEmpty())
		for _, placed := range m.jobs() {
			j := jobNamed(placed.Name)
			Expect(unknown(j, "", placed.Properties)).To(BeEmpty())
			out, err := load(j, j.rendered(placed.Properties))
			Expect(err).NotTo(HaveOccurred(), out)
		}
	},
	Entry("with AppRole", "runtime-config", "", appRole),
	Entry("with agents that read the secrets themselves", "runtime-config", "vault-mode-data", appRole),
	Entry("with a client certificate", "runtime-config", "vault-cert", append([]string{"cert_health_client"}, vault...)),
	Entry("with reports to a hub", "runtime-config", "hub", append([]string{"cert_health_hub_url", "cert_health_hub_client"}, appRole...)),
	Entry("with a hub and without a source", "runtime-config", "no-vault hub", []string{"cert_health_version", "cert_health_hub_url", "cert_health_hub_client"}),
	Entry("with the hub as source", "runtime-config", "hub hub-reference", []string{"cert_health_version", "cert_health_hub_url", "cert_health_hub_client"}),
	Entry("without a source", "runtime-config", "no-vault", vault[:1]),
	Entry("with other thresholds", "runtime-config", "thresholds",
		append([]string{"cert_health_expiring", "cert_health_expiring_soon", "cert_health_drift_grace"}, appRole...)),
	Entry("with an expired certificate failing the instance", "runtime-config", "fail-instance-on-expired", appRole),
	Entry("with other paths for one deployment", "runtime-config", "paths-per-deployment", append([]string{"cert_health_deployment", "cert_health_vault_paths"}, appRole...)),
	Entry("with several ops files", "runtime-config", "vault-cert thresholds fail-instance-on-expired",
		append([]string{"cert_health_client", "cert_health_expiring", "cert_health_expiring_soon", "cert_health_drift_grace"}, vault...)),
	Entry("with the plugin on the Director", directorManifest, "director-alerts", director),
	Entry("with the agent on the Director", directorManifest, "director-agent", ofAgent),
	Entry("with the hub", "hub", "", ofHub),
	Entry("with hubs on PostgreSQL", "hub", "hub/postgres", append([]string{"hub_database_password", "hub_database_tls"}, ofHub...)),
	Entry("with agents that report", "hub", "hub/agents", append([]string{"/cert_health_agents_ca", "hub_agents_tls"}, ofHub...)),
	Entry("with a Director", "hub", "hub/director", append([]string{"hub_director_url", "hub_director_ca_cert", "hub_director_client_secret"}, ofHub...)),
	Entry("with agents and a Director", "hub", "hub/agents hub/director",
		append([]string{"/cert_health_agents_ca", "hub_agents_tls", "hub_director_url", "hub_director_ca_cert", "hub_director_client_secret"}, ofHub...)),
	Entry("with a route to the hub", "hub", "hub/route-registrar", append([]string{"hub_cf_deployment", "hub_nats_client_cert"}, ofHub...)),
	Entry("with a log-in by UAA", "hub", "hub/uaa", append([]string{"hub_uaa_url", "hub_uaa_client_secret", "hub_uaa_ca_cert"}, ofHub...)),
	Entry("with a CredHub", "hub", "hub/credhub", append([]string{"hub_credhub_url", "hub_credhub_ca_cert", "hub_credhub_client_secret"}, ofHub...)),
	Entry("with an Ops Manager", "hub", "hub/opsman", append([]string{"hub_opsman_url", "hub_opsman_ca_cert", "hub_opsman_client_id", "hub_opsman_client_secret"}, ofHub...)),
	Entry("with TLS hosts", "hub", "hub/tls-hosts", append([]string{"hub_tls_hosts"}, ofHub...)),
	Entry("with several sources", "hub", "hub/credhub hub/tls-hosts hub/uaa",
		append([]string{"hub_credhub_url", "hub_credhub_ca_cert", "hub_credhub_client_secret", "hub_tls_hosts", "hub_uaa_url", "hub_uaa_client_secret", "hub_uaa_ca_cert"}, ofHub...)),
	Entry("with both on the Director", directorManifest, "director-alerts director-agent", append([]string{"cert_health_webhook_url"}, ofAgent...)),
)

var _ = Describe("the operations", func() {
	It("are all tested by the specs above", func() {
		specs := read("spec", "manifests_test.go")
		operations := filepath.Join(root, "manifests", "operations")
		for path := range files(operations) {
			name, err := filepath.Rel(operations, path)
			Expect(err).NotTo(HaveOccurred())
			Expect(specs).To(MatchRegexp(`[" ]` + regexp.QuoteMeta(strings.TrimSuffix(name, ".yml")) + `[" ]`))
		}
	})

	It("let agents read only published certificates, except for the ops file whose name says otherwise", func() {
		for operation, mode := range map[string]string{"": "metadata", "paths-per-deployment": "metadata", "vault-mode-data": "data"} {
			vars := appRole
			if operation == "paths-per-deployment" {
				vars = append([]string{"cert_health_deployment", "cert_health_vault_paths"}, appRole...)
			}
			for _, placed := range interpolate(read("manifests", "runtime-config.yml"), variables(vars...), strings.Fields(operation)...).jobs() {
				Expect(placed.Properties["cert_health"]).To(HaveKeyWithValue("vault", HaveKeyWithValue("mode", mode)), operation)
			}
		}
	})

	It("can be applied twice: the second time changes nothing", func() {
		for operation, vars := range map[string][]string{"director-alerts": director, "director-agent": ofAgent} {
			first := interpolate(directorManifest, variables(vars...), operation)
			twice := interpolate(directorManifest, variables(vars...), operation, operation)
			Expect(twice).To(Equal(first))
		}
	})

	It("have only variables with absolute names, because the Director looks up others once for each deployment", func() {
		files, err := filepath.Glob(filepath.Join(root, "manifests", "operations", "*.yml"))
		Expect(err).NotTo(HaveOccurred())
		for _, file := range append(files, filepath.Join(root, "manifests", "runtime-config.yml")) {
			contents, err := os.ReadFile(file)
			Expect(err).NotTo(HaveOccurred())
			Expect(string(contents)).NotTo(MatchRegexp(`\(\([^/]`), file)
		}
	})
})
