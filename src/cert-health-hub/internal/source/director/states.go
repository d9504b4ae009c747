package director

import (
	"context"
	"slices"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/remote"
)

const (
	// statesEvery is how old the states may be: an hour, less what a schedule may be early.
	statesEvery = 55 * time.Minute
	// statesTime bounds the wait for the states of all deployments. Half of the time that the collection
	// has left is the other bound.
	statesTime = 2 * time.Minute
	// never is the version of a deployment whose states were not asked for yet.
	never = "never"
)

// states adds the deployments and their instances, with states that are an hour old at most. One
// deployment is asked for at a time, because the Director asks all its agents. When the time is over, the
// next collection goes on with those that were not asked for.
func (p *pass) states(all []*deployment) {
	ctx, cancel := context.WithTimeout(p.ctx, p.patience())
	defer cancel()
	var failed error
	for _, d := range all {
		asked := p.lastAsked(d)
		if d.seen && failed == nil && ctx.Err() == nil && p.due(asked) && p.breaker.Broken() == nil {
			asked, failed = p.ask(ctx, d, asked)
		}
		p.addDeployment(d, asked)
	}
}

func (p *pass) patience() time.Duration {
	if end, bounded := p.ctx.Deadline(); bounded {
		return min(statesTime, time.Until(end)/2)
	}
	return statesTime
}

// lastAsked is when the states of a deployment were asked for.
func (p *pass) lastAsked(d *deployment) time.Time {
	item, _ := p.known.Item(d.path)
	asked, err := time.Parse(time.RFC3339, item.Version)
	if err != nil {
		return time.Time{}
	}
	return asked
}

// due tells whether it is time to ask again. It is after a clock was set back.
func (p *pass) due(asked time.Time) bool {
	age := p.begun.Sub(asked)
	return age < 0 || age >= statesEvery
}

// ask asks for the states of the instances of a deployment, and returns when that was. A failure before
// the Director asks its agents ends the requests for this collection, and the next one asks again. After
// that the next hour does. Without an answer the states stay as they were; without the right they are
// unknown.
func (p *pass) ask(ctx context.Context, d *deployment, before time.Time) (asked time.Time, failed error) {
	task, err := p.session.begin(d.address + "/instances?format=full")
	switch {
	case remote.Is(err, remote.NotFound): // deleted in this moment
		return before, nil
	case remote.Is(err, remote.Denied):
		p.forget(d)
		return p.begun, nil
	case err != nil:
		return before, err
	}
	states, err := p.session.result(ctx, task)
	if remote.Is(err, remote.Denied) {
		p.forget(d)
	}
	for i := range d.list {
		if state, told := states[d.list[i].Group+"/"+d.list[i].ID]; told {
			d.list[i].State, d.list[i].Ignored = state.known(), state.Ignore
		}
	}
	return p.begun, nil
}

func (p *pass) forget(d *deployment) {
	for i := range d.list {
		d.list[i].State, d.list[i].Ignored = "", false
	}
}

// state is an instance in the full list.
type state struct {
	Group  string `json:"job_name"`
	ID     string `json:"id"`
	State  string `json:"state"`
	Ignore bool   `json:"ignore"`
}

// known is the state, or nothing if it is none that the Director has.
func (s state) known() string {
	if slices.Contains([]string{"started", "stopped", "detached"}, s.State) {
		return s.State
	}
	return ""
}

// addDeployment adds a deployment, with its instances as items of their own.
func (p *pass) addDeployment(d *deployment, asked time.Time) {
	if d.seen {
		version := never
		if !asked.IsZero() {
			version = asked.UTC().Format(time.RFC3339)
		}
		p.add(inventory.Item{Path: d.path, Kind: "deployment", Version: version, Details: d.details})
	}
	for i := range d.list {
		if d.listed {
			p.add(inventory.Item{Path: d.pathOf(d.list[i]), Kind: "instance", Instance: &d.list[i]})
		}
	}
}
