// Package sample makes fleets in memory, for tests of the fleet, the pages and the API: the incident that
// the program was made for. Thirteen certificates have expired and are renewed in Vault; the deploy went
// through diego-api and half of the cells, and stopped.
package sample

import (
	"fmt"
	"time"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/report"
	"cert-health/internal/uplink"
)

const day = 24 * time.Hour

// Now is a moment for tests.
func Now() time.Time { return time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC) }

// Renewed is when the certificates of the incident were renewed in Vault.
func Renewed() time.Time { return Now().Add(-2 * time.Hour) }

// View is the fleet of n instances at Now.
func View(n int) *fleet.View { return fleet.New(Input(n)) }

// Input is the fleet of n instances at Now. With 3 instances, one cell has the old certificates. From 10
// instances on there is another deployment in which all is well, and from 50 on some cells do not report.
func Input(n int) fleet.Input {
	in := fleet.Input{
		Members: map[inventory.InstanceKey]*fleet.Member{}, Reporting: map[inventory.InstanceKey]inventory.Reporting{},
		Pulses: map[inventory.InstanceKey]inventory.Pulse{}, Known: true, Stores: fleet.StoresOf(Catalog()), Now: Now(),
	}
	for _, vm := range VMs(n) {
		in.Listed = append(in.Listed, vm.Listed)
		if vm.Missing {
			continue
		}
		key := vm.Key()
		in.Members[key] = fleet.Read(vm.Report())
		in.Reporting[key] = vm.Head()
		in.Pulses[key] = inventory.Pulse{Key: key, At: vm.Seen, Scanned: vm.Seen}
	}
	return in
}

// VM is one instance of the sample.
type VM struct {
	inventory.Listed
	Renewed bool      // it has the new certificates
	Missing bool      // its agent has never spoken
	Seen    time.Time // the last heartbeat
}

// VMs are the instances of the sample. The first half of the cells has the new certificates.
func VMs(n int) []VM {
	var list []VM
	fine, api := 0, min(n, 1)
	if n >= 10 {
		fine, api = 3, 2
	}
	for i := range fine {
		list = append(list, vm("mysql", "mysql", i, true))
	}
	for i := range api {
		list = append(list, vm("cf", "diego-api", i, true))
	}
	cells := n - len(list)
	for i := range cells {
		list = append(list, vm("cf", "diego-cell", i, i < cells/2))
	}
	if n >= 50 {
		last := list[n-4:]
		last[0].Missing = true
		last[1].Seen = Now().Add(-time.Hour)
		last[2].State = "stopped"
		last[3].Ignored = true
	}
	return list
}

func vm(deployment, group string, index int, renewed bool) VM {
	id := fmt.Sprintf("%08x-1111-4222-8333-%012x", index+1, len(group)*1_000_000+index)
	return VM{Seen: Now().Add(-20 * time.Second), Renewed: renewed, Listed: inventory.Listed{
		Deployment: deployment, Group: group, ID: id, Index: index, AZ: fmt.Sprintf("z%d", index%3+1), AgentID: "agent-" + id,
		Addresses: []string{fmt.Sprintf("10.%d.%d.%d", len(group), index/250, index%250+1)}, VM: true, Expected: true, State: "started",
	}}
}

// Head is what the database keeps beside the report.
func (v VM) Head() inventory.Reporting {
	received := Now().Add(-10 * day)
	if v.Renewed {
		received = Now().Add(-time.Hour)
	}
	return inventory.Reporting{Key: v.Key(), AZ: v.AZ, Address: v.Addresses[0], Digest: fmt.Sprintf("%064x", v.Index), Client: "CN=agent",
		Peer: v.Addresses[0], Sequence: uplink.Sequence{Boot: "boot", Count: 1}, First: Now().Add(-30 * day), Received: received}
}

// Report is what its agent has sent.
func (v VM) Report() *report.Report {
	r := &report.Report{Schema: report.Schema, CheckedAt: Now().Add(-time.Minute),
		Instance:  report.Instance{Deployment: v.Deployment, Group: v.Group, ID: v.ID, AZ: v.AZ, Address: v.Addresses[0]},
		Reference: report.Source{Source: "vault", Name: "Vault", State: "ok", CheckedAt: Now().Add(-time.Minute), Mode: "metadata"},
		Served:    &report.Served{Listeners: 20}, Problems: []report.Problem{},
	}
	for n, s := range specs(v.Deployment) {
		r.Certificates = append(r.Certificates, s.reported(n, v))
	}
	r.Summary.Certificates = len(r.Certificates)
	return r
}

// Catalog is what the hub's own sources say at Now: Vault, with the secrets of the sample.
func Catalog() *catalog.View { return catalog.New(Contents(), catalog.DefaultPolicy(), Now()) }

// Contents are what Catalog is made of.
func Contents() inventory.Contents {
	c := inventory.Contents{Sources: []inventory.Health{{Name: "vault", Type: "vault", Interval: 30 * time.Minute,
		LastAttempt: Now().Add(-time.Minute), LastSuccess: Now().Add(-time.Minute), NextAttempt: Now().Add(29 * time.Minute)}}}
	for _, deployment := range []string{"cf", "mysql"} {
		for _, s := range specs(deployment) {
			item, certificates := s.stored()
			c.Items = append(c.Items, item)
			c.Certificates = append(c.Certificates, certificates...)
		}
	}
	return c
}
