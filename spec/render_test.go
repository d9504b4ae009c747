package spec_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	bireljob "github.com/cloudfoundry/bosh-cli/v7/release/job"
	"github.com/cloudfoundry/bosh-cli/v7/release/resource"
	"github.com/cloudfoundry/bosh-cli/v7/templatescompiler"
	"github.com/cloudfoundry/bosh-cli/v7/templatescompiler/erbrenderer"
	"github.com/cloudfoundry/bosh-utils/logger"
	"github.com/cloudfoundry/bosh-utils/property"
	"github.com/cloudfoundry/bosh-utils/system"
	"github.com/cloudfoundry/bosh-utils/uuid"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"gopkg.in/yaml.v2"
)

// job is the spec of a job of this release.
type job struct {
	Name       string
	Templates  map[string]string
	Packages   []string
	Properties map[string]struct {
		Description string
		Default     any
	}
}

// jobs lists all jobs of this release. Ginkgo calls it while it builds the tree of specs,
// so it cannot use Expect.
func jobs() []job {
	specs, _ := filepath.Glob(filepath.Join(root, "jobs", "*", "spec"))
	all := make([]job, len(specs))
	for i, path := range specs {
		parse(path, &all[i])
	}
	return all
}

func jobNamed(name string) job {
	for _, j := range jobs() {
		if j.Name == name {
			return j
		}
	}
	panic("no job is called " + name)
}

// parse reads YAML. It cannot use Expect, for the same reason.
func parse(path string, into any) {
	contents, err := os.ReadFile(path)
	if err == nil {
		err = yaml.Unmarshal(contents, into)
	}
	if err != nil {
		panic(path + ": " + err.Error())
	}
}

// render renders all templates of the job and its monit file, with the renderer of
// `bosh create-env`, and returns the directory with the results.
func (j job) render(properties property.Map) (string, error) {
	GinkgoHelper()
	log := logger.NewLogger(logger.LevelNone)
	fs := system.NewOsFileSystem(log)
	Expect(fs.ChangeTempRoot(GinkgoT().TempDir())).To(Succeed())

	released := bireljob.NewExtractedJob(resource.NewResource(j.Name, "", nil), filepath.Join(root, "jobs", j.Name), fs)
	released.Templates = j.Templates
	released.Properties = map[string]bireljob.PropertyDefinition{}
	for name, definition := range j.Properties {
		value, err := property.Build(definition.Default)
		Expect(err).NotTo(HaveOccurred(), name)
		released.Properties[name] = bireljob.PropertyDefinition{Default: value}
	}

	erb := erbrenderer.NewERBRenderer(fs, system.NewExecCmdRunner(log), log)
	renderer := templatescompiler.NewJobRenderer(erb, fs, uuid.NewGenerator(), log)
	filled(properties)
	rendered, err := renderer.Render(*released, &properties, nil, nil, "cf", "10.0.0.5")
	if err != nil {
		return "", err
	}
	return rendered.Path(), nil
}

// rendered does the same. It must succeed.
func (j job) rendered(properties property.Map) string {
	GinkgoHelper()
	dir, err := j.render(properties)
	Expect(err).NotTo(HaveOccurred())
	return dir
}

// run runs a command and returns its output and error output.
func run(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
