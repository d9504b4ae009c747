package web

import (
	"net/http"
	"slices"
	"strings"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
)

// mostDeployments is how many deployments one field offers. More are found by searching.
const mostDeployments = 500

// fleetListPage is the list of the certificates of all deployments.
type fleetListPage struct {
	Text        string
	Total       int
	Known       bool
	States      []choice
	Deployments []choice
	Hidden      []field
	Chips       []chip
	Rows        []fleetRow
	Turn        turn
}

func (p *Pages) fleetList(w http.ResponseWriter, r *http.Request) {
	f, ok := p.filtered(w, r, "/fleet", "q", "deployment", "state", "row", "certificate")
	if !ok {
		return
	}
	shown := p.page(r, "fleet", "Certificates on VMs")
	shown.Self, shown.Live = f.url(), true
	shown.JSON, shown.CSV = twins("/v1/fleet", f.copied())
	shown.Body = fleetListOf(p.fleet(), f)
	p.render(w, r, http.StatusOK, "fleetlist", shown)
}

func fleetListOf(v *fleet.View, f filter) fleetListPage {
	all := v.Rows()
	if id := f.one("certificate"); id != "" {
		all = v.RowsOf(inventory.ID(strings.ToLower(id)))
	}
	var found []*fleet.Row
	counts := map[fleet.State]int{}
	words := strings.Fields(strings.ToLower(f.one("q")))
	for _, r := range all {
		if !f.takes("deployment", r.Deployment) || !f.takes("row", r.ID) || !matches(r, words) {
			continue
		}
		counts[r.State]++
		if f.takes("state", string(r.State)) {
			found = append(found, r)
		}
	}
	body := fleetListPage{Text: f.one("q"), Total: len(found), Known: v.Summary().Certificates > 0, Chips: f.chips(), Hidden: f.hidden("row", "certificate"),
		Rows: fleetRowsOf(cut(found, f.page), v.Now(), true), Turn: f.turn(len(found), "certificate")}
	for _, s := range fleet.States() {
		body.States = append(body.States, choice{string(s), string(s), f.has("state", string(s)), counts[s], stateMark(s).State})
	}
	body.Deployments = deploymentChoices(v, f)
	return body
}

// matches tells whether a row has each of the words in one of its names.
func matches(r *fleet.Row, words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := strings.ToLower(strings.Join([]string{r.Name, string(r.Role), r.Deployment, r.Store, r.Key}, "\n"))
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
}

// deploymentChoices are the names of the deployments. One that is chosen is always among them.
func deploymentChoices(v *fleet.View, f filter) (list []choice) {
	for _, d := range v.Deployments() {
		chosen := f.has("deployment", d.Name)
		if len(list) < mostDeployments || chosen {
			list = append(list, choice{Value: d.Name, Word: d.Name, Chosen: chosen})
		}
	}
	return list
}
