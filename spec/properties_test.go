package spec_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cloudfoundry/bosh-utils/property"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// nested is a value at a dotted name.
func nested(name string, value any) property.Map {
	parts := strings.Split(name, ".")
	for _, part := range slices.Backward(parts) {
		value = property.Map{part: value}
	}
	return value.(property.Map)
}

// ofTheVM are properties without a key: they say how a VM runs the program.
func ofTheVM(name string) bool {
	return slices.Contains([]string{"cert_health.fail_instance_on", "cert_health.monit_alerts", "cert_health.read_all_files"}, name)
}

// settingsOf is the template of a job that renders its settings.
func settingsOf(j job) map[string]string {
	for _, template := range []string{"cert-health.yml.erb", "cert-health-alerts.erb", "hub.yml.erb"} {
		if path, found := j.Templates[template]; found {
			return map[string]string{template: path}
		}
	}
	return nil
}

// loadFile lets the program of a job check a file, which holds JSON.
func loadFile(j job, contents any) string {
	GinkgoHelper()
	encoded, err := json.Marshal(contents)
	Expect(err).NotTo(HaveOccurred())
	file := filepath.Join(GinkgoT().TempDir(), "configuration")
	Expect(os.WriteFile(file, encoded, 0o600)).To(Succeed())
	arguments := map[string][]string{"cert-health": {"agent", "--check"}, "cert-health-alerts": {"--check"}, "cert-health-hub": {"check"}}[j.Name]
	out, _ := run(program(j.Name), append(arguments, "--config", file)...)
	return out
}

var _ = Describe("every property", func() {
	for _, j := range jobs() {
		Describe("of "+j.Name, func() {
			It("has the path of a key of the configuration, so that messages name what the operator edits", func() {
				const unknown = "is not a known key"
				for name, definition := range j.Properties {
					out := loadFile(j, nested(name, definition.Default))
					if ofTheVM(name) {
						Expect(out).To(ContainSubstring(name + " " + unknown))
						Expect(read("docs", "configuration.md")).To(ContainSubstring("`"+name+"`"), "among the properties without a key")
					} else {
						Expect(out).NotTo(ContainSubstring(unknown), name)
					}
				}
				Expect(loadFile(j, nested(strings.ReplaceAll(j.Name, "-", "_")+".no_key", 1))).To(ContainSubstring(unknown))
			})

			It("is refused with its path if its value is of the wrong kind", func() {
				settings := j
				settings.Templates = settingsOf(j) // Ruby starts once for each template
				for name := range j.Properties {
					dir, err := settings.render(nested(name, property.Map{"s3cr3t": 1}))
					if err == nil {
						var out string
						out, err = load(j, dir)
						Expect(err).To(HaveOccurred(), name)
						err = errorText(out)
					}
					Expect(err).To(MatchError(ContainSubstring(name)))
					Expect(strings.ReplaceAll(err.Error(), "s3cr3t is not", "")).NotTo(ContainSubstring("s3cr3t"), name)
				}
			})
		})
	}
})

// errorText is what a program printed.
type errorText string

func (e errorText) Error() string { return string(e) }

var _ = Describe("the specs of the jobs", func() {
	It("are packed as YAML that Ruby loads by default, as the Director does: no unquoted dates", func() {
		packed, err := filepath.Glob(filepath.Join(unpacked(), "jobs", "*", "job.MF"))
		Expect(err).NotTo(HaveOccurred())
		Expect(packed).To(HaveLen(len(jobs())))
		for _, file := range append(packed, filepath.Join(unpacked(), "release.MF")) {
			out, err := run("ruby", "-ryaml", "-e", "YAML.load_file(ARGV[0], aliases: true)", file)
			Expect(err).NotTo(HaveOccurred(), out)
		}
	})
})
