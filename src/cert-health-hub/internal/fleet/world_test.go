package fleet_test

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"time"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

const day = 24 * time.Hour

var now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// world is a fleet that a spec makes.
type world struct {
	fleet.Input
	contents inventory.Contents
}

func newWorld() *world {
	return &world{Input: fleet.Input{Now: now, Members: map[inventory.InstanceKey]*fleet.Member{}, Reporting: map[inventory.InstanceKey]inventory.Reporting{}, Pulses: map[inventory.InstanceKey]inventory.Pulse{}}}
}

// report adds an instance, or its next report.
func (w *world) report(name string, certificates ...report.Certificate) {
	key := inventory.InstanceKey(name)
	r := &report.Report{Schema: 1, Reference: report.Source{Source: "vault", Name: "Vault", State: "ok"}, Served: &report.Served{}}
	for _, c := range certificates {
		if s := c.Served; s != nil && s.State == report.NotLoaded {
			r.Served.Shown = append(r.Served.Shown, report.ServedCertificate{Address: s.Addresses[0], Job: "rep", Process: "rep", State: report.NotLoaded, NotAfter: s.NotAfter, Fingerprint: print("bbs", s.Version)})
		}
		r.Certificates = append(r.Certificates, c)
	}
	w.Members[key] = fleet.Read(r).After(w.Members[key])
	w.Reporting[key] = inventory.Reporting{Key: key, AZ: "z1", First: now.Add(-day), Received: now.Add(-time.Minute)}
	w.Pulses[key] = inventory.Pulse{Key: key, At: now.Add(-time.Minute)}
}

// secret has versions of a certificate in Vault, of which the last is the current one.
func (w *world) secret(path, name string, versions ...int) {
	if len(w.contents.Sources) == 0 {
		w.contents.Sources = []inventory.Health{{Name: "vault", Type: "vault", Interval: time.Hour, LastAttempt: now, LastSuccess: now}}
	}
	item := inventory.Stored{Source: "vault", Item: inventory.Item{Path: path, Kind: "secret"}}
	for at, n := range versions {
		c := inventory.New(noun(name, n))
		state := inventory.Previous
		if at == len(versions)-1 {
			state = inventory.Current
		}
		item.Sightings = append(item.Sightings, inventory.Sighting{Certificate: c.ID, Place: "certificate", State: state, Version: strconv.Itoa(at + 1), Since: c.NotBefore})
		w.contents.Certificates = append(w.contents.Certificates, c)
	}
	w.contents.Items = append(w.contents.Items, item)
}

func (w *world) view() *fleet.View {
	if w.contents.Items != nil {
		w.Stores = fleet.StoresOf(catalog.New(w.contents, catalog.DefaultPolicy(), w.Now))
	}
	return fleet.New(w.Input)
}

// row is the only row of the view.
func (w *world) row() *fleet.Row {
	rows := w.view().Rows()
	if len(rows) != 1 {
		names := []string{}
		for _, r := range rows {
			names = append(names, r.Name+" "+r.Store)
		}
		panic(fmt.Sprint("rows: ", names))
	}
	return rows[0]
}

// print is the fingerprint of generation n of a certificate.
func print(name string, n int) string {
	sum := sha256.Sum256([]byte(name + " " + strconv.Itoa(n)))
	return cert.Fingerprint(sum).String()
}

// noun is generation n: each begins a day after the one before. A negative one has expired.
func noun(name string, n int) *cert.Certificate {
	sum := sha256.Sum256([]byte(name + " " + strconv.Itoa(n)))
	c := &cert.Certificate{Fingerprint: cert.Fingerprint(sum), Subject: "CN=" + name, CommonName: name, SANs: []string{name}, NotBefore: now.Add(time.Duration(n-20) * day), NotAfter: now.Add(time.Duration(n+300) * day)}
	if n < 0 {
		c.NotBefore, c.NotAfter = now.Add(time.Duration(n-365)*day), now.Add(time.Duration(n)*day)
	}
	if strings.HasSuffix(name, "CA") {
		c.CA = true
	}
	return c
}

// of is generation n of a certificate in a report.
func of(name string, n int, changes ...func(*report.Certificate)) report.Certificate {
	c := noun(name, n)
	r := report.Certificate{Name: name, Fingerprint: c.Fingerprint.String(), Subject: c.Subject, SANs: c.SANs, NotBefore: c.NotBefore, NotAfter: c.NotAfter, Role: cert.Leaf,
		Locations: []report.Location{{Job: "rep", File: "/var/vcap/jobs/rep/config/" + name + ".crt", Line: 1, Form: cert.PEM}}}
	if c.CA {
		r.Role = cert.Trust
	}
	for _, change := range changes {
		change(&r)
	}
	return r
}

// compared says what the agent's source knows.
func compared(state cert.ReferenceState, deployed, current int) func(*report.Certificate) {
	return func(c *report.Certificate) {
		c.Reference = &report.Reference{State: state, Mount: "secret/", Path: "cf/" + c.Name, Key: "certificate", DeployedVersion: deployed, CurrentVersion: current}
		if state != cert.Current {
			c.Reference.Since = now.Add(-2 * day)
		}
	}
}

// serves says that a process serves it, or an older generation.
func serves(name string, n int) func(*report.Certificate) {
	return func(c *report.Certificate) {
		older := noun(name, n)
		c.Served = &report.ServedSummary{State: report.Loaded, Addresses: []string{"10.0.0.1:1801"}, NotAfter: older.NotAfter, Version: n}
		if older.Fingerprint.String() != c.Fingerprint {
			c.Served.State = report.NotLoaded
		}
	}
}

// in puts it into other files.
func in(files ...string) func(*report.Certificate) {
	return func(c *report.Certificate) {
		c.Locations = nil
		for _, f := range files {
			c.Locations = append(c.Locations, report.Location{Job: "rep", File: "/var/vcap/jobs/rep/config/" + f, Form: cert.PEM})
		}
	}
}

// finding adds one with steps.
func finding(code verdict.Code, severity verdict.Severity, steps ...verdict.Step) func(*report.Certificate) {
	return func(c *report.Certificate) {
		c.Findings = append(c.Findings, report.Finding{Code: code, Severity: severity, Steps: steps})
	}
}

func pulse(key inventory.InstanceKey, at time.Time) inventory.Pulse {
	return inventory.Pulse{Key: key, At: at}
}
