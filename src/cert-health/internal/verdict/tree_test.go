package verdict_test

import (
	"context"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

// tree is a VM's files below /var/vcap/jobs, their job first, by what they hold: PEM texts
// one behind the other, or anything else that jobs write.
type tree map[string]string

// scan writes the tree down and finds what is deployed in it.
func (t tree) scan() []cert.Deployed {
	GinkgoHelper()
	root := GinkgoT().TempDir()
	vm := scenario.VM{Jobs: map[string]scenario.Files{}}
	for path, text := range t {
		job, file, _ := strings.Cut(path, "/")
		if vm.Jobs[job] == nil {
			vm.Jobs[job] = scenario.Files{}
		}
		vm.Jobs[job][file] = text
	}
	Expect(vm.Write(root)).To(Succeed())
	inventory, err := discover.Scan(context.Background(), discover.Options{Root: root})
	Expect(err).NotTo(HaveOccurred())
	Expect(inventory.Problems).To(BeEmpty())
	return inventory.Deployed
}

// findings judges the tree and returns the findings of some codes, or of all.
func (t tree) findings(facts verdict.Facts, codes ...verdict.Code) (found []told) {
	GinkgoHelper()
	facts.Deployed, facts.Now, facts.Deployment, facts.Source = t.scan(), now, "cf", vault
	for _, judgement := range verdict.Judge(facts, policy()) {
		for _, finding := range tell(judgement.Findings) {
			for _, code := range codes {
				if finding.Code == code {
					found = append(found, finding)
				}
			}
		}
	}
	return found
}

// pem is what a file holds.
func pem(pairs ...*scenario.Pair) string {
	var text strings.Builder
	for _, p := range pairs {
		text.WriteString(p.CertPEM())
	}
	return text.String()
}

// lasting is how long a certificate lasts, from and to so many days of now.
func lasting(from, to float64) func(*scenario.Spec) {
	at := func(days float64) time.Time { return now.Add(time.Duration(days * float64(day))) }
	return func(s *scenario.Spec) { s.NotBefore, s.NotAfter = at(from), at(to) }
}

// authorityOf issues a CA for ten years, a month old.
func authorityOf(name string, issuer *scenario.Pair, change ...func(*scenario.Spec)) *scenario.Pair {
	spec := scenario.Spec{CommonName: name, CA: true, Issuer: issuer}
	lasting(-30, 3620)(&spec)
	for _, f := range change {
		f(&spec)
	}
	return scenario.Issue(spec)
}

func keyOf(p *scenario.Pair) func(*scenario.Spec) {
	return func(s *scenario.Spec) { s.SameKey = p }
}

func unlinked(s *scenario.Spec) { s.Unlinked = true }
