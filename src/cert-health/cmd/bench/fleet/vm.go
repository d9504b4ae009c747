package fleet

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"time"

	"cert-health/internal/agent"
	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/scenario"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/source"
)

// vm is one VM with the part of the agent that reads Vault.
type vm struct {
	world     *world
	number    int
	name      string // group and id, which determine when an agent polls in the interval
	holds     []*stored
	strangers []*cert.Certificate
	source    *source.Source
	follower  *reference.Follower
	knowledge *reference.Knowledge
	deployed  []cert.Deployed
	now       time.Time // its clock
	fresh     bool      // started while Vault was busy
	sent      tally
}

func (w *world) vm(number, groups int) *vm {
	group := number / groupSize
	digest := sha256.Sum256(fmt.Append(nil, number))
	v := &vm{world: w, number: number, name: fmt.Sprintf("cell-%d/%x-%x", group, digest[:4], digest[4:8])}
	v.holds = append(v.holds, w.secrets[:common]...)
	v.holds = append(v.holds, w.secrets[common+group*ofGroup:][:ofGroup]...)
	v.holds = append(v.holds, w.secrets[common+groups*ofGroup+number*ofVM:][:ofVM]...)
	for i := range strangers {
		name := fmt.Sprintf("stranger-%d.%d.internal", i, number)
		v.strangers = append(v.strangers, scenario.Issue(scenario.Spec{CommonName: name}).Noun())
	}
	v.deploy()
	return v
}

// deploy deploys the certificates of Vault to the VM.
func (v *vm) deploy() {
	v.deployed = nil
	for i := range v.holds {
		v.deployed = append(v.deployed, cert.Deployed{Certificate: v.holds[i].noun})
	}
	for _, stranger := range v.strangers {
		v.deployed = append(v.deployed, cert.Deployed{Certificate: stranger})
	}
	for i := range placements {
		d := &v.deployed[i%len(v.deployed)]
		d.Locations = append(d.Locations, cert.Location{Job: "job", File: fmt.Sprintf("/var/vcap/jobs/job/config/%d.yml", i), Form: cert.PEM})
	}
}

// start starts the agent without any knowledge.
func (v *vm) start(o client.Options) error {
	o.Address, o.Auth, o.Now = v.world.front.at(v.number), v.world.auth, func() time.Time { return v.now }
	var err error
	if v.source, err = source.New(source.Options{Client: o, Paths: []string{base}, Deployment: deployment}); err != nil {
		return err
	}
	v.follower = reference.Follow(v.source, deployment, nil, o.Now)
	return nil
}

// age moves the first search of the agent for missing certificates into the past: the pauses
// between such searches double.
func (v *vm) age(by time.Duration) {
	for identity, asked := range v.knowledge.Asked {
		asked.First = asked.First.Add(-by)
		v.knowledge.Asked[identity] = asked
	}
	v.follower = reference.Follow(v.source, deployment, v.knowledge, func() time.Time { return v.now })
}

// place returns when the agent polls first, after its start.
func (v *vm) place() time.Duration { return agent.Spread(v.name, interval) }

// next returns when the agent polls again.
func (v *vm) next() time.Duration { return interval + rand.N(interval/5) }

// asked is the result of one poll.
type asked struct {
	sent        [kinds]int
	refused     int
	requests    int // as counted by the agent
	unavailable bool
	delayed     int // certificates of the VM without a reference yet
	unread      int // known secrets that were not read
	wrong       []string
}

func (a asked) total() (sum int) {
	for _, count := range a.sent {
		sum += count
	}
	return sum
}

// ask polls, and compares every reference with the expected one.
func (v *vm) ask(ctx context.Context, now time.Time, expected cert.ReferenceState) asked {
	v.now = now
	var answer *reference.Answer
	v.knowledge, answer = v.follower.Ask(ctx, v.deployed)
	a := asked{requests: answer.Requests, unavailable: answer.State != reference.OK}
	a.sent, a.refused = v.sent.take()
	for _, s := range v.knowledge.Secrets {
		if s.ReadAt.Before(now) {
			a.unread++
		}
	}
	references := v.knowledge.Resolve(v.deployed, deployment)
	for i, d := range v.deployed {
		is, told := references[d.Certificate.Fingerprint]
		switch {
		case !told:
			a.delayed++
		case i >= len(v.holds):
			if is.State != cert.Unknown {
				a.wrong = append(a.wrong, fmt.Sprintf("%s: a certificate that Vault does not know is %s", v.name, is.State))
			}
		case is.State != expected || is.Path != v.holds[i].path && !v.fresh: // then the reference may be a copy of a CA
			a.wrong = append(a.wrong, fmt.Sprintf("%s: %s is %s by %q, and should be %s", v.name, v.holds[i].path, is.State, is.Path, expected))
		}
	}
	return a
}
