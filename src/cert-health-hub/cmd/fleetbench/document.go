package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/uplink"
	"cert-health/internal/verdict"
)

// What a report of a Diego cell has. Of its certificates, the first are CAs that all VMs have, the
// last are of the VM alone, and those between are of the instance group.
const (
	certificates = 40
	placements   = 70
	ofAll        = 8
	ofOne        = 4
	listeners    = 12
)

// template makes the report of a VM, as an agent does.
func template(now time.Time) report.Report {
	c := report.Contents{
		CheckedAt: now, Duration: 12 * time.Millisecond, Files: report.Files{With: 60, Without: 170},
		Source: report.Source{Source: "vault", Name: "Vault", State: "ok", CheckedAt: now, Secrets: certificates, Requests: certificates},
		Looked: true, Listeners: listeners + 8, References: map[cert.Fingerprint]cert.Reference{}, Judgements: make([]verdict.Judgement, certificates),
	}
	left := placements
	for n := range certificates {
		certificate := issued(n, now)
		places := left / (certificates - n)
		left -= places
		d := cert.Deployed{Certificate: certificate, Role: cert.Leaf}
		if certificate.CA {
			d.Role = cert.CA
		}
		for place := range places {
			job := fmt.Sprintf("job-%d", (n+place)%12)
			d.Locations = append(d.Locations, cert.Location{Job: job, File: fmt.Sprintf("/var/vcap/jobs/%s/config/certs/%s.crt", job, certificate.CommonName), Line: 1 + place*(20+n), Form: cert.PEM})
		}
		c.Deployed = append(c.Deployed, d)
		c.References[certificate.Fingerprint] = cert.Reference{State: cert.Current, Mount: "secret/", Path: "cf/" + certificate.CommonName,
			Key: "certificate", DeployedVersion: 1, CurrentVersion: 1, Since: certificate.NotBefore}
		if n >= certificates-listeners {
			c.Served = append(c.Served, verdict.ServedState{Filed: &d, Served: cert.Served{Certificate: certificate, Proven: true, Protocol: "tls", SeenAt: now,
				Address: netip.AddrPortFrom(netip.MustParseAddr("10.0.16.4"), uint16(8000+n)),
				Process: cert.Process{Job: d.Locations[0].Job, Name: d.Locations[0].Job, PID: 1000 + n, Started: now.AddDate(0, 0, -2)}}})
		}
	}
	return *report.Build(c)
}

// issued is a certificate as an agent reads it from a file.
func issued(n int, now time.Time) *cert.Certificate {
	name := fmt.Sprintf("c%02d.service.cf.internal", n)
	earlier := time.Duration(n) * 12345 * time.Second
	c := &cert.Certificate{Fingerprint: sha256.Sum256([]byte(name)), CommonName: name, Subject: "CN=" + name + ",OU=cf,O=example", Issuer: fmt.Sprintf("CN=c%02d.service.cf.internal,OU=cf,O=example", n%ofAll),
		Serial: fmt.Sprintf("%040x", n+1), NotBefore: now.AddDate(0, -3, 0).Add(-earlier), NotAfter: now.AddDate(0, 9, 0).Add(-earlier), CA: n < ofAll}
	if !c.CA {
		other := hex.EncodeToString(c.Fingerprint[:8])
		c.SANs, c.ExtKeyUsage = []string{name, "*." + name, other + ".group.network.cf.bosh", fmt.Sprintf("10.0.%d.%d", c.Fingerprint[0], c.Fingerprint[1]), "127.0.0.1"}, []string{"serverAuth", "clientAuth"}
	}
	return c
}

// fingerprint is that of a certificate of a VM in a generation. CAs are not renewed.
func fingerprint(n int, i report.Instance, generation int) string {
	of := ""
	switch {
	case n < ofAll:
		generation = 0
	case n < certificates-ofOne:
		of = i.Deployment + "/" + i.Group
	default:
		of = i.Deployment + "/" + i.Group + "/" + i.ID
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %d", n, of, generation))
	return hex.EncodeToString(sum[:])
}

// vary gives the report of the template to a VM.
func vary(t report.Report, i report.Instance, generation int) report.Report {
	t.Instance = i
	t.Certificates = append([]report.Certificate{}, t.Certificates...)
	shown := map[string]*report.Certificate{}
	for at := range t.Certificates {
		c := &t.Certificates[at]
		var n int
		_, _ = fmt.Sscanf(c.Name, "c%02d.", &n)
		before := c.Fingerprint
		c.Fingerprint = fingerprint(n, i, generation)
		c.Serial = c.Fingerprint[:40] // as many VMs have it as have the certificate
		if n >= ofAll {
			renewed := *c.Reference
			renewed.DeployedVersion, renewed.CurrentVersion = generation+1, generation+1
			c.Reference = &renewed
		}
		shown[before] = c
	}
	served := *t.Served
	served.Shown = append([]report.ServedCertificate{}, served.Shown...)
	for at := range served.Shown {
		if c := shown[served.Shown[at].Fingerprint]; c != nil {
			served.Shown[at].Fingerprint, served.Shown[at].Version = c.Fingerprint, c.Reference.DeployedVersion
		}
	}
	t.Served = &served
	return t
}

// message is a whole report as it is sent.
func message(r report.Report, digest string, sequence uplink.Sequence) ([]byte, error) {
	contents, err := json.Marshal(&r)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(uplink.Report{Schema: uplink.Schema, Digest: digest, Sequence: sequence, Report: contents})
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if _, err := writer.Write(body); err != nil {
		return nil, err
	}
	err = writer.Close()
	return packed.Bytes(), err
}
