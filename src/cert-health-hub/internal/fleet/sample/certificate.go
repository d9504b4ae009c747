package sample

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// Expired is the number of certificates of the incident, and Certificates that of each instance of the
// deployment cf.
const (
	Expired      = 13
	Certificates = 40
)

// spec is one certificate of a deployment.
type spec struct {
	deployment, name, path string
	ca                     bool
	renewed                bool // it is one of the incident: it has a second version
	served                 bool
}

// specs are the certificates of a deployment, one of them a CA with many places.
func specs(deployment string) []spec {
	if deployment != "cf" {
		return []spec{{deployment: deployment, name: deployment + ".internal", path: deployment + "/server", served: true}}
	}
	list := []spec{{deployment: deployment, name: "diego CA", path: "cf/diego/ca", ca: true}}
	for i := 1; i < Certificates; i++ {
		name := fmt.Sprintf("service-%02d", i)
		if i <= len(names()) {
			name = names()[i-1]
		}
		list = append(list, spec{deployment: deployment, name: name + ".service.cf.internal", path: "cf/diego/" + name, renewed: i <= Expired, served: i%5 == 1})
	}
	return list
}

func names() []string {
	return []string{"rep", "bbs", "locket", "auctioneer", "route-emitter", "ssh-proxy", "silk-daemon", "silk-controller", "policy-server", "vxlan-agent", "loggregator-agent", "metron", "file-server"}
}

// noun is a version of the certificate, 1 or 2.
func (s spec) noun(version int) *cert.Certificate {
	sum := sha256.Sum256([]byte(s.path + " " + strconv.Itoa(version)))
	c := &cert.Certificate{Fingerprint: cert.Fingerprint(sum), Subject: "CN=" + s.name, CommonName: s.name, Issuer: "CN=diego CA", Serial: strconv.Itoa(version),
		NotBefore: Now().Add(-100 * day), NotAfter: Now().Add(265 * day), CA: s.ca, ExtKeyUsage: []string{"server auth", "client auth"}}
	switch {
	case s.ca:
		c.ExtKeyUsage, c.NotAfter = nil, Now().Add(3000*day)
		return c
	case s.renewed && version == 1:
		c.NotBefore, c.NotAfter = Now().Add(-365*day-3*time.Hour), Now().Add(-3*time.Hour)
	case s.renewed:
		c.NotBefore, c.NotAfter = Renewed(), Renewed().Add(365*day)
	}
	c.SANs = []string{s.name, "localhost"}
	return c
}

func (s spec) versions() int {
	if s.renewed {
		return 2
	}
	return 1
}

// stored is the secret of Vault with all its versions.
func (s spec) stored() (inventory.Stored, []inventory.Certificate) {
	item := inventory.Stored{Source: "vault", FirstSeen: Now().Add(-90 * day), LastSeen: Now().Add(-time.Minute),
		Item: inventory.Item{Path: "secret/" + s.path, Kind: "secret", Version: strconv.Itoa(s.versions())}}
	var all []inventory.Certificate
	for version := s.versions(); version > 0; version-- {
		c := inventory.New(s.noun(version))
		state, since := inventory.Current, Now().Add(-100*day)
		if version == 2 {
			since = Renewed()
		} else if s.renewed {
			state = inventory.Previous
		}
		item.Sightings = append(item.Sightings, inventory.Sighting{Certificate: c.ID, Place: "certificate", State: state, Version: strconv.Itoa(version), Since: since})
		all = append(all, c)
	}
	return item, all
}

// reported is the certificate in the report of an instance.
func (s spec) reported(n int, v VM) report.Certificate {
	version := 1
	if s.renewed && v.Renewed {
		version = 2
	}
	noun := s.noun(version)
	c := report.Certificate{Name: s.name, Fingerprint: noun.Fingerprint.String(), Subject: noun.Subject, Issuer: noun.Issuer, Serial: noun.Serial,
		SANs: noun.SANs, NotBefore: noun.NotBefore, NotAfter: noun.NotAfter, Key: "RSA 2048", Signature: "SHA256-RSA", Usages: noun.ExtKeyUsage,
		Role: cert.Leaf, Findings: []report.Finding{},
		Reference: &report.Reference{State: cert.Current, Mount: "secret/", Path: s.path, Key: "certificate", DeployedVersion: version, CurrentVersion: s.versions(), NotAfter: s.noun(s.versions()).NotAfter}}
	job := []string{"rep", "bbs", "silk-daemon"}[n%3]
	places := 1
	if s.ca {
		c.Role, places = cert.Trust, 31
	}
	for p := range places {
		c.Locations = append(c.Locations, report.Location{Job: job, File: fmt.Sprintf("/var/vcap/jobs/%s/config/certs/%s-%d.crt", job, s.name, p), Line: 1, Form: cert.PEM})
	}
	if s.served {
		c.Served = &report.ServedSummary{State: report.Loaded, Addresses: []string{fmt.Sprintf("%s:%d", v.Addresses[0], 8000+n)}, Version: version, NotAfter: noun.NotAfter, SeenAt: v.Seen}
	}
	if s.renewed && !v.Renewed {
		c.Reference.State, c.Reference.Since = cert.Stale, Renewed()
		c.Findings = findings(s)
	}
	return c
}

// findings are those of an expired certificate that is renewed in Vault.
func findings(s spec) []report.Finding {
	deploy := []verdict.Step{{Do: "merge the manifest anew, then:", Stage: verdict.Deploying}, {Run: []string{"bosh", "-d", s.deployment, "deploy", "MANIFEST"}, Stage: verdict.Deploying}}
	return []report.Finding{
		{Code: verdict.Expired, Severity: verdict.Critical, Message: "expired 3 hours ago (2026-11-26 09:00 UTC)", Why: "its peers refuse it", Next: verdict.Join(deploy), Steps: deploy},
		{Code: verdict.Stale, Severity: verdict.Error, Message: "renewed in Vault 2 hours ago (2026-11-26 10:00 UTC) but not deployed", Why: "secret/" + s.path + " holds version 2, this is version 1", Next: verdict.Join(deploy), Steps: deploy},
	}
}
