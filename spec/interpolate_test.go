package spec_test

import (
	"strings"

	"github.com/cloudfoundry/bosh-cli/v7/director/template"
	"github.com/cloudfoundry/bosh-utils/property"
	"github.com/cppforlife/go-patch/patch"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"gopkg.in/yaml.v2"
)

// manifest is the part of a runtime config or a deployment that the specs use.
type manifest struct {
	Releases       []struct{ Name, Version string }
	Addons         []addon
	InstanceGroups []struct {
		Name string
		Jobs []placedJob
	} `yaml:"instance_groups"`
}

type placedJob struct {
	Name, Release string
	Properties    property.Map
}

// jobs lists the jobs of this release in the manifest.
func (m manifest) jobs() (placed []placedJob) {
	for _, addon := range m.Addons {
		placed = append(placed, addon.Jobs...)
	}
	for _, group := range m.InstanceGroups {
		for _, j := range group.Jobs {
			if j.Release == "cert-health" {
				placed = append(placed, j)
			}
		}
	}
	return placed
}

// interpolate does the same as `bosh interpolate --var-errs --var-errs-unused`.
func interpolate(base string, vars template.StaticVariables, operations ...string) (m manifest) {
	GinkgoHelper()
	var ops patch.Ops
	for _, name := range operations {
		var definitions []patch.OpDefinition
		Expect(yaml.Unmarshal([]byte(read("manifests", "operations", name+".yml")), &definitions)).To(Succeed())
		more, err := patch.NewOpsFromDefinitions(definitions)
		Expect(err).NotTo(HaveOccurred())
		ops = append(ops, more)
	}
	opts := template.EvaluateOpts{ExpectAllKeys: true, ExpectAllVarsUsed: true}
	result, err := template.NewTemplate([]byte(base)).Evaluate(vars, ops, opts)
	Expect(err).NotTo(HaveOccurred())
	Expect(yaml.Unmarshal(result, &m)).To(Succeed())
	return m
}

// unknown lists the properties that are not in the job's spec. The Director ignores
// such properties silently.
func unknown(j job, at string, value property.Property) (names []string) {
	if _, known := j.Properties[at]; known {
		return nil
	}
	below, isMap := value.(property.Map)
	if !isMap {
		return []string{at}
	}
	for key, value := range below {
		names = append(names, unknown(j, strings.TrimPrefix(at+"."+key, "."), value)...)
	}
	return names
}

// variables returns the variables of the given names, which are absolute in the manifests.
func variables(names ...string) template.StaticVariables {
	all := template.StaticVariables{
		"/cert_health_version":       "0.1.0",
		"/cert_health_release":       "file:///tmp/release.tgz",
		"/cert_health_webhook_url":   "https://events.example/v1/certificates",
		"/cert_health_vault_address": "https://vault.example:8200",
		"/cert_health_vault_ca_cert": "(certificate)",
		"/cert_health_vault_paths":   []any{"secret/lab/cf", "secret/lab/shared-ca"},
		"/cert_health_role_id":       "a role",
		"/cert_health_secret_id":     "a secret",
		"/cert_health_client":        map[any]any{"certificate": "(certificate)", "private_key": "(private key)"},
		"/cert_health_hub_url":       "https://certificates.example.com:8444",
		"/cert_health_hub_client":    map[any]any{"certificate": "(certificate)", "private_key": "(private key)", "ca": "(certificate)"},
		"/cert_health_expiring":      "60d",
		"/cert_health_expiring_soon": "14d",
		"/cert_health_drift_grace":   "72h",
		"/cert_health_deployment":    "cf",
	}
	chosen := template.StaticVariables{}
	for _, name := range names {
		if value, found := ofHubs()[name]; found {
			chosen[name] = value
		} else {
			chosen["/"+name] = all["/"+name]
		}
	}
	return chosen
}

// ofHubs are the variables of hub.yml. It is a deployment, so their names are relative.
func ofHubs() template.StaticVariables {
	pem := map[any]any{"certificate": "(certificate)", "private_key": "(private key)", "ca": ""}
	return template.StaticVariables{
		"hub_host":                   "certificates.example.com",
		"hub_ca":                     pem,
		"hub_tls":                    pem,
		"/cert_health_agents_ca":     map[any]any{"certificate": "(CA certificate)", "private_key": "(private key)", "ca": "(CA certificate)"},
		"hub_agents_tls":             map[any]any{"certificate": "(certificate)", "private_key": "(private key)", "ca": "(CA certificate)"},
		"hub_director_url":           "https://bosh.example:25555",
		"hub_director_ca_cert":       "(certificate)",
		"hub_director_client_secret": "a secret",
		"hub_database_password":      "a password",
		"hub_database_tls":           pem,
		"hub_cf_deployment":          "cf",
		"hub_nats_client_cert":       pem,
		"hub_uaa_url":                "https://uaa.example:8443",
		"hub_uaa_client_secret":      "a secret",
		"hub_uaa_ca_cert":            "(certificate)",
		"hub_credhub_url":            "https://credhub.example:8844",
		"hub_credhub_ca_cert":        "(certificate)",
		"hub_credhub_client_secret":  "a secret",
		"hub_opsman_url":             "https://opsman.example",
		"hub_opsman_ca_cert":         "(certificate)",
		"hub_opsman_client_id":       "hub",
		"hub_opsman_client_secret":   "a secret",
		"hub_tls_hosts":              []any{"api.example.com:443"},
	}
}
