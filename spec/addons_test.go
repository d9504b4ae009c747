package spec_test

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// addon is an addon of a runtime config, with the filters that this release uses.
type addon struct {
	Name             string
	Include, Exclude filter
	Jobs             []placedJob
}

type filter struct {
	Stemcell    []struct{ OS string }
	Deployments []string
	Lifecycle   string
}

// group is an instance group that may get an addon.
type group struct{ deployment, os, lifecycle string }

// applies follows the Director's Addon::Filter: all kinds of conditions must hold,
// in exclude as well as in include.
func (f filter) applies(g group) bool {
	stemcell := slices.ContainsFunc(f.Stemcell, func(s struct{ OS string }) bool { return s.OS == g.os })
	return (f.Lifecycle == "" || f.Lifecycle == g.lifecycle) &&
		(len(f.Stemcell) == 0 || stemcell) &&
		(len(f.Deployments) == 0 || slices.Contains(f.Deployments, g.deployment))
}

func (f filter) empty() bool {
	return f.Lifecycle == "" && len(f.Stemcell) == 0 && len(f.Deployments) == 0
}

func (a addon) reaches(g group) bool {
	return a.Include.applies(g) && (a.Exclude.empty() || !a.Exclude.applies(g))
}

// reaching lists the addons of the manifest that an instance group gets.
func (m manifest) reaching(g group) (names []string) {
	for _, addon := range m.Addons {
		if addon.reaches(g) {
			names = append(names, addon.Name)
		}
	}
	return names
}

var _ = Describe("the addon", func() {
	places := func(m manifest, cf string) {
		GinkgoHelper()
		for _, os := range []string{"ubuntu-jammy", "ubuntu-noble", "ubuntu-resolute"} {
			Expect(m.reaching(group{"cf", os, "service"})).To(ConsistOf(cf), "exactly one: a second would fail the deploy")
			Expect(m.reaching(group{"concourse", os, "service"})).To(ConsistOf("cert-health"))
		}
		for _, os := range []string{"ubuntu-jammy", "ubuntu-noble", "ubuntu-resolute", "windows2019"} {
			Expect(m.reaching(group{"cf", os, "errand"})).To(BeEmpty(), "the VM of an errand is deleted too soon")
			Expect(m.reaching(group{"concourse", os, "errand"})).To(BeEmpty())
		}
		Expect(m.reaching(group{"cf", "windows2019", "service"})).To(BeEmpty(), "there is no agent for Windows")
	}

	It("is on each Linux VM once, and not on errands or on Windows", func() {
		places(interpolate(read("manifests", "runtime-config.yml"), variables(appRole...)), "cert-health")
	})

	It("is on each Linux VM once also if one deployment has its own addon", func() {
		vars := variables(append([]string{"cert_health_deployment", "cert_health_vault_paths"}, appRole...)...)
		places(interpolate(read("manifests", "runtime-config.yml"), vars, "paths-per-deployment"), "cert-health-paths")
	})

	It("has no other job, because a second bpm would fail deploys", func() {
		for _, addon := range interpolate(read("manifests", "runtime-config.yml"), variables(appRole...)).Addons {
			Expect(addon.Jobs).To(HaveExactElements(HaveField("Name", "cert-health")))
		}
	})

	It("names a version, which the Director requires in a runtime config", func() {
		m := interpolate(read("manifests", "runtime-config.yml"), variables(appRole...))
		Expect(m.Releases).To(HaveExactElements(HaveField("Version", "0.1.0")))
	})
})
