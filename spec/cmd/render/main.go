// Command render renders a job's templates and its monit file with BOSH's own
// renderer, in the places that bosh-agent uses. The end-to-end tests call it:
//
//	render -job jobs/cert-health -out DIR -properties '{"vault":{"address":"..."}}' -instance '{"address":"10.0.0.6"}'
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cloudfoundry/bosh-cli/v7/templatescompiler/erbrenderer"
	"github.com/cloudfoundry/bosh-utils/logger"
	"github.com/cloudfoundry/bosh-utils/system"
	"gopkg.in/yaml.v3"
)

func main() {
	job := flag.String("job", "", "the job's `directory`")
	out := flag.String("out", "", "`directory` to write to")
	properties := flag.String("properties", "{}", "the job's properties, `JSON`")
	vm := flag.String("instance", "{}", "what is special of the instance: name, id, az, deployment, address; `JSON`")
	flag.Parse()
	if err := render(*job, *out, *properties, *vm); err != nil {
		fmt.Fprintln(os.Stderr, "render:", err)
		os.Exit(1)
	}
}

// jobSpec is the part of a job's spec that rendering needs.
type jobSpec struct {
	Name       string
	Templates  map[string]string
	Properties map[string]struct{ Default any }
}

// instance is the context of one rendering, in the Director's terms.
type instance map[string]any

// MarshalJSON implements erbrenderer.TemplateEvaluationContext.
func (i instance) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]any(i)) }

func render(job, out, properties, vm string) error {
	contents, err := os.ReadFile(filepath.Join(job, "spec"))
	if err != nil {
		return err
	}
	var spec jobSpec
	if err := yaml.Unmarshal(contents, &spec); err != nil {
		return fmt.Errorf("read the spec of %s: %w", job, err)
	}
	context := instance{
		"name": "diego-cell", "index": 0, "id": "c2a1f6d8", "az": "z1", "bootstrap": true,
		"deployment": "cf", "address": "10.0.0.5", "job": map[string]any{"name": spec.Name},
		"networks": map[string]any{}, "global_properties": map[string]any{},
		"cluster_properties": map[string]any{}, "job_properties": json.RawMessage(properties),
		"default_properties": defaults(spec),
	}
	if err := json.Unmarshal([]byte(vm), &context); err != nil {
		return fmt.Errorf("read the instance: %w", err)
	}
	quiet := logger.NewLogger(logger.LevelNone)
	renderer := erbrenderer.NewERBRenderer(system.NewOsFileSystem(quiet), system.NewExecCmdRunner(quiet), quiet)
	templates := map[string]string{"../monit": "monit"}
	for source, target := range spec.Templates {
		templates[source] = target
	}
	for source, target := range templates {
		path := filepath.Join(out, target)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return err
		}
		if err := renderer.Render(filepath.Join(job, "templates", source), path, context); err != nil {
			return fmt.Errorf("render %s: %w", source, err)
		}
		if err := os.Chmod(path, mode(target)); err != nil {
			return err
		}
	}
	return nil
}

func defaults(spec jobSpec) map[string]any {
	values := map[string]any{}
	for name, property := range spec.Properties {
		values[name] = property.Default
	}
	return values
}

// mode is the mode that bosh-agent gives a file: scripts are executable, and only the owner
// and the group can read a file.
func mode(target string) os.FileMode {
	if strings.HasPrefix(target, "bin/") {
		return 0o750
	}
	return 0o640
}
