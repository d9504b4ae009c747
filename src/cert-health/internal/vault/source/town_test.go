package source_test

import (
	"regexp"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/scenario"
	"cert-health/internal/vault/source"
	"cert-health/internal/verdict"
)

// town is an engine in Vault, the certificates that are deployed on one VM, and the follower of
// the VM's agent.
type town struct {
	mode     source.Mode
	engine   string
	version  int // of the engine; 0 is 2
	deployed []*scenario.Pair
	follower *reference.Follower
	age      time.Duration // by which the clock of the agent is ahead
	silent   bool          // no publisher runs
}

func (t *town) put(path string, data map[string]any) {
	GinkgoHelper()
	if t.version == 1 {
		server.Write(t.engine+"/"+path, data)
		return
	}
	server.WriteSecret(t.engine, path, data)
}

func (t *town) deploy(pairs ...*scenario.Pair) { t.deployed = pairs }

// look publishes, if there is a publisher, and returns the deployed certificates.
func (t *town) look() []cert.Deployed {
	GinkgoHelper()
	if t.mode == source.Metadata && !t.silent {
		publishAll(t.engine)
	}
	if t.follower == nil {
		o := source.Options{Client: newClient(server.Token), Mode: t.mode, Paths: []string{t.engine}}
		t.follower = reference.Follow(newSource(o), "cf", nil, func() time.Time { return time.Now().Add(t.age) })
	}
	var all []cert.Deployed
	for i, p := range t.deployed {
		role := cert.Leaf
		if p.Noun().CA {
			role = cert.Trust
		}
		all = append(all, cert.Deployed{Certificate: p.Noun(), Role: role, Locations: []cert.Location{
			{Job: "rep", File: "/var/vcap/jobs/rep/ca.crt", Line: 10*i + 1, Form: cert.PEM}}})
	}
	return all
}

// says returns the findings about the deployed certificates two days later, when the grace is over.
func (t *town) says() []string {
	GinkgoHelper()
	all := t.look()
	knowledge, answer := t.follower.Ask(ctx, all)
	Expect(answer.State).To(Equal(reference.OK), answer.Error)
	Expect(answer.Problems).To(BeEmpty())
	now := time.Now().Add(t.age + 48*time.Hour)
	said := []string{}
	for i, judgement := range verdict.Judge(verdict.Facts{Deployed: all, References: knowledge.Resolve(all, "cf"), Source: source.Remedies{}, Deployment: "cf", Now: now},
		&verdict.Policy{Thresholds: verdict.DefaultThresholds()}) {
		state := knowledge.Resolve(all, "cf")[all[i].Certificate.Fingerprint].State
		for _, f := range judgement.Findings {
			said = append(said, string(state)+" "+string(f.Code)+" "+f.Severity.String()+": "+t.plain(f.Message)+"; "+t.plain(f.Why)+" -> "+t.plain(verdict.Join(f.Steps)))
		}
		if len(judgement.Findings) == 0 {
			said = append(said, string(state))
		}
	}
	return said
}

// plain removes the parts that differ from run to run: the name of the engine and the times.
func (t *town) plain(text string) string {
	text = strings.ReplaceAll(text, t.engine+"/", "secret/")
	text = strings.ReplaceAll(text, "-mount="+t.engine+" ", "-mount=secret ")
	for _, stamp := range stamps.FindAllString(text, -1) {
		text = strings.ReplaceAll(text, stamp, "WHEN")
	}
	return text
}

// renewals are of one identity, each issued later than the one before.
func renewals(name string, count int, more ...func(*scenario.Spec)) []*scenario.Pair {
	var pairs []*scenario.Pair
	for i := range count {
		spec := scenario.Spec{CommonName: name, NotBefore: time.Now().Add(time.Duration(i-count) * time.Hour)}
		for _, change := range more {
			change(&spec)
		}
		pairs = append(pairs, scenario.Issue(spec))
	}
	return pairs
}

// stamps are the times in sentences.
var stamps = regexp.MustCompile(`((in )?\d+ (years?|days?|hours?|minutes?|seconds?)( ago)? \()?\d{4}-\d\d-\d\d \d\d:\d\d UTC\)?`)

func isCA(s *scenario.Spec) { s.CA = true }
