package web

import (
	"net/http"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// How much of the fleet the page of one certificate shows.
const (
	mostOnVMs   = 4 // deployments
	mostVMParts = 8 // instance groups of one
)

// onVMs is one certificate in one deployment: what the store, the files and the processes have.
type onVMs struct {
	truths
	Row  fleetRow
	Next []verdict.Step
	Held []version // what the store holds
}

// onVMs are the deployments that have a certificate, or another version of it, on VMs.
func (p *Pages) onVMs(id inventory.ID) (list []onVMs, more count) {
	if p.Fleet == nil {
		return nil, more
	}
	v := p.fleet()
	rows := v.RowsOf(id)
	for _, row := range rows[:min(mostOnVMs, len(rows))] {
		part := onVMs{truths: p.truthsOf(v, row, cellsOf(v, row)), Row: fleetRowOf(row, v.Now()), Next: firstSteps(row.Next)}
		part.Row.In = count{Word: row.Deployment}
		part.MoreParts += max(0, len(part.Parts)-mostVMParts)
		part.Parts = part.Parts[:min(mostVMParts, len(part.Parts))]
		for _, of := range row.Versions {
			if of.InStore {
				part.Held = append(part.Held, p.versionOf(v, of))
			}
		}
		list = append(list, part)
	}
	if len(rows) > mostOnVMs {
		more = count{Count: len(rows), URL: addressOf("/fleet", "certificate", string(id))}
	}
	return list, more
}

// onlyOnVMs leads to a certificate that no source shows, but VMs have.
func (p *Pages) onlyOnVMs(w http.ResponseWriter, r *http.Request, id inventory.ID) bool {
	if p.Fleet == nil {
		return false
	}
	rows := p.fleet().RowsOf(id)
	switch len(rows) {
	case 0:
		return false
	case 1:
		http.Redirect(w, r, fleetURL(rows[0].ID), http.StatusSeeOther)
	default:
		http.Redirect(w, r, addressOf("/fleet", "certificate", string(id)), http.StatusSeeOther)
	}
	return true
}
