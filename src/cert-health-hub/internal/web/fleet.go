package web

import (
	"fmt"
	"net/http"
	"time"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// How much the first page shows, so that it stays small over ten thousand VMs.
const (
	deploymentsAPage = 40
	mostTroubled     = 8   // rows of one deployment
	mostFirstRows    = 150 // rows of all deployments
	mostRollouts     = 6
	mostSources      = 8
)

// fleetPage is the first page where agents report: the worst, what is not seen, deploys under way, and for
// each deployment the certificates that are not as they should be.
type fleetPage struct {
	Worst       worst
	Seen        seen
	Rollouts    []rollout
	Total       count
	States      []count
	Deployments []deployment
	Empty       string
	Turn        turn
}

// deployment is a part of the first page.
type deployment struct {
	ID, Name, URL string
	Counts        []count
	Rows          []fleetRow
	All           count
	States        []count
}

// first is the first page: the fleet or, where no agents report and no Director is known, the stores.
func (p *Pages) first(w http.ResponseWriter, r *http.Request) {
	if p.Fleet == nil {
		p.stores(w, r)
		return
	}
	f, ok := p.filtered(w, r, "/")
	if !ok {
		return
	}
	shown := p.page(r, "fleet", "Fleet")
	shown.Self, shown.Live, shown.JSON = f.url(), true, "/v1/fleet"
	shown.Body = fleetOf(p.fleet(), p.view(), f)
	p.render(w, r, http.StatusOK, "fleet", shown)
}

// fleet is the newest view of the fleet. There is an empty one until the first is ready.
func (p *Pages) fleet() *fleet.View {
	if v := p.Fleet(); v != nil {
		return v
	}
	return fleet.New(fleet.Input{Now: p.Now()})
}

// withFleet lets a page through where there is a fleet.
func (p *Pages) withFleet(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if p.Fleet == nil {
			p.fail(w, r, http.StatusNotFound, "This hub knows no VMs",
				"Set the key agents in its configuration file, so that agents can report, or add a Director as a source.")
			return
		}
		next(w, r)
	}
}

func fleetOf(v *fleet.View, c *catalog.View, f filter) fleetPage {
	s := v.Summary()
	body := fleetPage{
		Worst: fleetWorst(v, c), Seen: seenOf(s, c), Rollouts: rolloutsOf(v),
		Total: count{Count: s.Certificates, Word: "certificates on VMs", URL: "/fleet"}, States: stateCounts(s.States, ""),
	}
	all := worstFirst(v.Deployments())
	rows := 0
	for i, d := range all[min(len(all), (f.page-1)*deploymentsAPage):min(len(all), f.page*deploymentsAPage)] {
		body.Deployments = append(body.Deployments, deploymentOf(i, d, v.Now(), min(mostTroubled, mostFirstRows-rows)))
		rows += len(body.Deployments[i].Rows)
	}
	if len(all) == 0 {
		body.Empty = "No agent has reported, and no Director has listed a VM. The page Stores shows what the sources hold."
	}
	body.Turn = f.turnBy(len(all), deploymentsAPage, "deployment")
	return body
}

// deploymentOf lists the certificates that are not as they should be, and no more than a number of them.
func deploymentOf(i int, d *fleet.Deployment, now time.Time, most int) deployment {
	list := deployment{ID: fmt.Sprintf("deployment-%d", i), Name: d.Name, URL: addressOf("/fleet", "deployment", d.Name)}
	list.Counts = append(list.Counts, count{State: "ok", Count: d.Standings[inventory.Reports], Word: "of " + plural(d.Instances, "VM") + " report",
		URL: addressOf("/instances", "deployment", d.Name, "standing", string(inventory.Reports))})
	list.Counts = append(list.Counts, standingCounts(d.Standings, d.Name)...)
	var troubled []*fleet.Row
	states := map[fleet.State]int{}
	for _, r := range d.Rows {
		states[r.State]++
		if r.Severity > verdict.OK && len(troubled) < most {
			troubled = append(troubled, r)
		}
	}
	list.Rows = fleetRowsOf(troubled, now, false)
	list.All, list.States = count{Count: len(d.Rows), URL: list.URL}, stateCounts(states, d.Name)
	return list
}

// stateCounts are the numbers of certificates by state.
func stateCounts(states map[fleet.State]int, deployment string) (list []count) {
	for _, s := range fleet.States() {
		if n := states[s]; n > 0 {
			m := stateMark(s)
			list = append(list, count{m.State, m.Word, n, addressOf("/fleet", "deployment", deployment, "state", string(s))})
		}
	}
	return list
}

// standingCounts are the numbers of VMs that are not seen, by standing. Deleted ones are not missed.
func standingCounts(of map[inventory.Standing]int, deployment string) (list []count) {
	for _, s := range standings() {
		if n := of[s]; n > 0 && s != inventory.Reports && s != inventory.Deleted {
			list = append(list, count{string(s), string(s), n, addressOf("/instances", "deployment", deployment, "standing", string(s))})
		}
	}
	return list
}
