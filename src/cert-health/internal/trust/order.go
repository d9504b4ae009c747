package trust

import (
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/knowledge"
	"cert-health/internal/survey"
)

// Order is an order of deploys.
type Order struct {
	// Connected is true if no deploy of the order cuts a connection that exists.
	Connected bool      `json:"connected"`
	Deploys   []Deploys `json:"deploys"`
}

// Deploys is one deploy of an order.
type Deploys struct {
	Group string `json:"group"` // DEPLOYMENT/GROUP
	// Cuts are the connections that it cuts, and Heals those that it makes possible again.
	Cuts  []string `json:"cuts"`
	Heals []string `json:"heals"`
}

// maxOrderGroups bounds the groups that are put in an order: each step compares all that are left.
const maxOrderGroups = 40

// DeployOrder finds an order in which the groups whose files differ from the stores can be deployed. Each step
// is the deploy that cuts the fewest connections, and of those the one that heals most.
func DeployOrder(s *survey.Survey, edges []knowledge.Edge) (*Order, error) {
	s = representatives(s)
	o := &Order{Connected: true, Deploys: []Deploys{}}
	left := pending(s)
	if len(left) > maxOrderGroups {
		return nil, fmt.Errorf("%d groups differ from the stores, and at most %d can be put in an order: choose a deployment", len(left), maxOrderGroups)
	}
	broken := refusals(New(s, edges))
	for len(left) > 0 {
		next, after, step, err := bestDeploy(s, edges, left, broken)
		if err != nil {
			return nil, err
		}
		o.Connected = o.Connected && len(step.Cuts) == 0
		o.Deploys = append(o.Deploys, step)
		left = slices.DeleteFunc(left, func(g string) bool { return g == step.Group })
		s, broken = next, after
	}
	return o, nil
}

func bestDeploy(s *survey.Survey, edges []knowledge.Edge, left []string, broken map[string]bool) (next *survey.Survey, after map[string]bool, best Deploys, err error) {
	for _, group := range left {
		tried, err := deploy(s, group)
		if err != nil {
			return nil, nil, best, err
		}
		now := refusals(New(tried, edges))
		step := Deploys{Group: group, Cuts: missingFrom(now, broken), Heals: missingFrom(broken, now)}
		if next == nil || len(step.Cuts) < len(best.Cuts) || len(step.Cuts) == len(best.Cuts) && len(step.Heals) > len(best.Heals) {
			next, after, best = tried, now, step
		}
	}
	return next, after, best, nil
}

// refusals are the pairs of groups that refuse each other on an edge.
func refusals(v *View) map[string]bool {
	all := map[string]bool{}
	for n := range v.edges {
		v.pairs(n, func(client, server int) {
			cell := v.cell(n, client, server, v.survey.At)
			if !cell.Worst().Status.Refused() {
				return
			}
			for _, c := range v.sides[n].clients[client].Groups {
				for _, d := range v.sides[n].servers[server].Groups {
					all[fmt.Sprintf("%s: %s to %s", v.edges[n].Name, strings.Trim(c.Deployment+"/"+c.Name, "/"), strings.Trim(d.Deployment+"/"+d.Name, "/"))] = true
				}
			}
		})
	}
	return all
}

func missingFrom(all, other map[string]bool) []string {
	list := []string{}
	for pair := range all {
		if !other[pair] {
			list = append(list, pair)
		}
	}
	slices.Sort(list)
	return list
}

// representatives is a survey with one instance of each group and profile.
func representatives(s *survey.Survey) *survey.Survey {
	small := *s
	small.Instances = nil
	for _, p := range profiles(s) {
		for i := range p.cohort {
			small.Instances = append(small.Instances, &survey.Instance{Deployment: p.cohort[i].deployment, Group: p.cohort[i].group,
				ID: fmt.Sprint(len(small.Instances)), Standing: survey.Reporting, Places: p.places, Shown: p.shown})
		}
	}
	return &small
}

// pending are the groups with a file that differs from the store, or with a process that differs from its file.
func pending(s *survey.Survey) []string {
	held := map[string]*survey.Secret{}
	for _, secret := range s.Secrets {
		held[secret.Name()] = secret
	}
	var groups []string
	for _, i := range s.Instances {
		name := strings.Trim(i.Deployment+"/"+i.Group, "/")
		if !slices.Contains(groups, name) && (differs(i.Places, held) || len(behind(i.Places, i.Shown)) > 0) {
			groups = append(groups, name)
		}
	}
	slices.Sort(groups)
	return groups
}

func differs(places []survey.Place, held map[string]*survey.Secret) bool {
	for n := range places {
		p := &places[n]
		if secret := held[p.Secret]; p.Secret != "" && secret != nil && len(secret.Certificates) > 0 && inJob(p) &&
			(p.Role == cert.Leaf || !p.Sent) && !slices.Contains(successors(p, secret), p.Certificate) {
			return true
		}
	}
	return false
}
