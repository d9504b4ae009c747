package check

import (
	"encoding/json"
	"path"
	"strings"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/report"
)

// Sight is what a Keeper must know after a restart: everything that cannot be seen now, and every
// certificate with a finding, which may be hidden while no agent runs.
type Sight struct {
	// At is when the places without a time of their own were last seen.
	At           time.Time                 `json:"at"`
	Certificates []seenCertificate         `json:"certificates,omitempty"`
	CRLs         []cert.DeployedCRL        `json:"revocation_lists,omitempty"`
	Mismatches   []cert.Mismatch           `json:"mismatches,omitempty"`
	Identities   []cert.InstanceIdentities `json:"instance_identities,omitempty"`
}

// seenCertificate is one certificate of a Sight.
type seenCertificate struct {
	Record    cert.Record     `json:"record"`
	Role      cert.Role       `json:"role"`
	Locations []cert.Location `json:"locations"`
	Findings  []seenFinding   `json:"findings,omitempty"`
}

// The limits of a Sight. Each job has its share, so that no job can drive out the certificates of
// another one. A certificate has 2 KB.
const (
	maxSightJob  = 256 << 10 // bytes
	maxSight     = 4 << 20   // bytes
	maxSightSeen = 100       // locations of one certificate, lists, mismatches, and directories of instance identities
)

// Sight returns what the keeper must know after a restart, given the last report.
func (k *Keeper) Sight(r *report.Report) Sight {
	s := Sight{At: k.at}
	if k.last == nil {
		return s
	}
	found := map[string][]report.Finding{}
	for i := range r.Certificates {
		found[r.Certificates[i].Fingerprint] = r.Certificates[i].Findings
	}
	size := sizes{}
	for _, d := range k.last.Deployed {
		locations, findings := d.Locations, found[d.Certificate.Fingerprint.String()]
		if len(findings) == 0 {
			locations = unseenOf(locations)
		}
		if len(locations) == 0 {
			continue
		}
		seen := seenCertificate{Record: d.Certificate.Record(), Role: d.Role, Locations: locations[:min(len(locations), maxSightSeen)], Findings: seenFindings(findings)}
		if size.fits(locations[0].Job, seen) {
			s.Certificates = append(s.Certificates, seen)
		}
	}
	s.CRLs = k.last.CRLs[:min(len(k.last.CRLs), maxSightSeen)]
	s.Mismatches = k.last.Mismatches[:min(len(k.last.Mismatches), maxSightSeen)]
	s.Identities = k.last.InstanceIdentities[:min(len(k.last.InstanceIdentities), maxSightSeen)]
	return s
}

func unseenOf(locations []cert.Location) []cert.Location {
	var unseen []cert.Location
	for _, l := range locations {
		if !l.LastSeen.IsZero() {
			unseen = append(unseen, l)
		}
	}
	return unseen
}

// sizes are the bytes of a Sight so far, by job.
type sizes map[string]int

// fits tells whether a certificate fits into the share of its job, and counts it. The first one
// that does not fit ends the share: thousands more need not be encoded.
func (s sizes) fits(job string, seen seenCertificate) bool {
	if s[job] >= maxSightJob {
		return false
	}
	encoded, err := json.Marshal(seen)
	if err != nil || s[job]+len(encoded) > maxSightJob || s.total()+len(encoded) > maxSight {
		s[job] = maxSightJob
		return false
	}
	s[job] += len(encoded)
	return true
}

func (s sizes) total() (n int) {
	for _, size := range s {
		n += size
	}
	return n
}

// Restore makes the keeper know what an earlier one knew. The places were last seen at a time, at
// the earliest. What cannot be the path of a file is dropped: the file of a Sight may have been
// changed.
func (k *Keeper) Restore(s Sight, at time.Time) {
	k.last, k.at = &discover.Inventory{}, at
	if k.at.Before(s.At) {
		k.at = s.At
	}
	for _, seen := range s.Certificates {
		d := cert.Deployed{Certificate: seen.Record.Certificate(), Role: seen.Role}
		for _, l := range seen.Locations {
			if isFile(l.File) {
				d.Locations = append(d.Locations, l)
			}
		}
		if len(d.Locations) > 0 && (d.Role == cert.Leaf || d.Role == cert.CA || d.Role == cert.Trust) {
			k.last.Deployed = append(k.last.Deployed, d)
		}
	}
	for _, list := range s.CRLs {
		if isFile(list.File) {
			k.last.CRLs = append(k.last.CRLs, list)
		}
	}
	for _, i := range s.Identities {
		if isFile(i.Directory) {
			k.last.InstanceIdentities = append(k.last.InstanceIdentities, i)
		}
	}
	k.last.Mismatches = s.Mismatches
}

func isFile(name string) bool { return strings.HasPrefix(name, "/") && path.Clean(name) == name }
