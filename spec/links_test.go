package spec_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/cloudfoundry/bosh-utils/property"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// directorScript renders one template as the Director does, with links. The renderer of the BOSH CLI, on which this is
// built, has none, because `bosh create-env` has none. The arguments are that renderer, a context, a template, a
// result, and the link as JSON.
const directorScript = `
require ARGV[0]
class Link
  attr_reader :address
  def initialize(values) = (@address, @properties = values.values_at('address', 'properties'))
  def p(path, default = nil) = @properties.fetch(path, default)
end
class TemplateEvaluationContext
  def if_link(name)
    raise "no link is called #{name}" unless name == 'database'
    yield Link.new(JSON.parse(ARGV[4]))
  end
end
ERBRenderer.new(ARGV[1]).render(ARGV[2], ARGV[3])
`

// linked renders the configuration of the hub with a link to a database.
func linked(properties property.Map, link map[string]any) string {
	GinkgoHelper()
	j := jobNamed("cert-health-hub")
	defaults := map[string]any{}
	for name, definition := range j.Properties {
		defaults[name] = definition.Default
	}
	context, err := json.Marshal(map[string]any{
		"name": "hub", "index": 0, "job": map[string]any{"name": j.Name}, "job_properties": filled(properties), "default_properties": defaults,
	})
	Expect(err).NotTo(HaveOccurred())
	encoded, err := json.Marshal(link)
	Expect(err).NotTo(HaveOccurred())
	module, err := run("go", "list", "-m", "-f", "{{.Dir}}", "github.com/cloudfoundry/bosh-cli/v7")
	Expect(err).NotTo(HaveOccurred(), module)

	dir := GinkgoT().TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	Expect(os.WriteFile(path("context.json"), context, 0o600)).To(Succeed())
	Expect(os.WriteFile(path("director.rb"), []byte(directorScript), 0o600)).To(Succeed())
	out, err := run("ruby", path("director.rb"), filepath.Join(module, "templatescompiler", "erbrenderer", "erb_renderer.rb"), path("context.json"),
		filepath.Join(root, "jobs", j.Name, "templates", "hub.yml.erb"), path("hub.yml"), string(encoded))
	Expect(err).NotTo(HaveOccurred(), out)
	contents, err := os.ReadFile(path("hub.yml"))
	Expect(err).NotTo(HaveOccurred())
	return string(contents)
}

var _ = Describe("the link to a database", func() {
	database := func() map[string]any {
		return map[string]any{"address": "q-s0.database.default.hub.bosh", "properties": map[string]any{
			"databases.port":      5432,
			"databases.databases": []any{map[string]any{"name": "other"}, map[string]any{"name": "cert_health_hub"}},
			"databases.roles":     []any{map[string]any{"name": "cert_health_hub", "password": "p@ss:/%"}},
			"databases.tls.ca":    "(certificate)",
		}}
	}
	insecure := func(more property.Map) property.Map {
		own := property.Map{"listen": property.Map{"insecure": true}}
		for key, value := range more {
			own[key] = value
		}
		return property.Map{"cert_health_hub": own}
	}
	read := func(text string) (url, ca string) {
		GinkgoHelper()
		var config map[string]struct {
			Database struct {
				URL    string `json:"url"`
				CACert string `json:"ca_cert"`
			} `json:"database"`
		}
		Expect(json.Unmarshal([]byte(text), &config)).To(Succeed())
		return config["cert_health_hub"].Database.URL, config["cert_health_hub"].Database.CACert
	}

	It("is used if no URL is set, with the database and the role of the hub", func() {
		url, ca := read(linked(insecure(nil), database()))
		Expect(url).To(Equal("postgres://cert_health_hub:p%40ss%3A%2F%25@q-s0.database.default.hub.bosh:5432/cert_health_hub"))
		Expect(ca).To(Equal("(certificate)"))
	})

	It("gives way to a URL", func() {
		own := insecure(property.Map{"database": property.Map{"url": "sqlite:/var/vcap/store/cert-health-hub/hub.db"}})
		url, _ := read(linked(own, database()))
		Expect(url).To(HavePrefix("sqlite:"))
	})

	It("gives a configuration that the hub accepts", func() {
		link := database()
		delete(link["properties"].(map[string]any), "databases.tls.ca")
		file := filepath.Join(GinkgoT().TempDir(), "hub.yml")
		Expect(os.WriteFile(file, []byte(linked(insecure(nil), link)), 0o600)).To(Succeed())
		out, err := run(program("cert-health-hub"), "check", "--config", file)
		Expect(err).NotTo(HaveOccurred(), out)
		Expect(strings.TrimSpace(out)).To(Equal("the configuration is valid"))
	})
})
