package metrics

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strconv"

	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// placement is one certificate at one place that is listed.
type placement struct {
	certificate   *report.Certificate
	location      report.Location
	discriminator string // set where all other labels are another placement's too
	exporter      []byte // the labels of x509_cert_*, rendered
	silenced      bool   // of its end nobody wants to hear
}

// list chooses the placements, in the order of the report: the worst first, so that
// a limit leaves out the least of them.
func (p *page) list() {
	silenced := p.silenced()
	for i := range p.report.Certificates {
		c := &p.report.Certificates[i]
		if !p.options.All && worst(c) < verdict.Warning {
			continue
		}
		for _, location := range c.Locations {
			if len(p.listed) == p.options.MaxPlacements {
				p.left++
				continue
			}
			l := placement{certificate: c, location: location, silenced: silenced[silence{c.Fingerprint, location}]}
			l.exporter = appendLabels(nil, exporterValues(&l))
			p.listed = append(p.listed, l)
		}
	}
	discriminate(p.listed)
}

// silence is a certificate at a place at which nobody wants to hear of its end.
type silence struct {
	fingerprint string
	location    report.Location
}

// silenced are those that the configuration ignores. With their dates in hand an alert rule
// would not ignore them.
func (p *page) silenced() map[silence]bool {
	silenced := map[silence]bool{}
	for _, ignored := range p.report.Ignored {
		switch ignored.Code {
		case verdict.Expired, verdict.ExpiringSoon, verdict.Expiring, verdict.NotYetValid:
			for _, location := range ignored.Locations {
				silenced[silence{ignored.Fingerprint, location}] = true
			}
		}
	}
	return silenced
}

func worst(c *report.Certificate) verdict.Severity {
	worst := verdict.OK
	for _, finding := range c.Findings {
		worst = max(worst, finding.Severity)
	}
	return worst
}

// discriminate gives each of several placements that would be the same series a label of
// its own, as the exporter does where its labels collide (auto, its default). Twice the
// same series would cost Prometheus the whole scrape.
func discriminate(listed []placement) {
	same := map[string][]int{}
	for i := range listed {
		same[string(listed[i].exporter)] = append(same[string(listed[i].exporter)], i)
	}
	for _, group := range same {
		if len(group) < 2 {
			continue
		}
		// The order of certificates changes with the time, that of one's places does not.
		seen := map[string]int{}
		for _, i := range group {
			l := &listed[i]
			of := l.certificate.Fingerprint
			sum := sha256.Sum256([]byte(of + "\x00" + l.location.File + "\x00" + strconv.Itoa(seen[of])))
			seen[of]++
			l.discriminator = hex.EncodeToString(sum[:4])
			l.exporter = appendLabels(nil, exporterValues(l))
		}
	}
}

// place are the labels that tell a placement from all others. Both families have them,
// so that they can be joined. The exporter has embedded_kind and embedded_key for what it
// finds in a kubeconfig, its only file with certificates within other text, and nothing in
// them for other files; so are ours, with the form and the line for the two.
func (l *placement) place() []label {
	kind, key := embedded(l.location)
	return []label{{"filepath", l.location.File}, {"embedded_kind", kind}, {"embedded_key", key},
		{"serial_number", decimal(l.certificate.Serial)}, {"discriminator", l.discriminator}}
}

func embedded(l report.Location) (kind, key string) {
	switch l.Form {
	case cert.PEMYAML, cert.PEMJSON, cert.PEMEscaped, cert.PEMBase64:
		return string(l.Form), "line " + strconv.Itoa(l.Line)
	}
	return "", ""
}

// exporterValues are the labels of x509_cert_*, of which others than these say nothing
// of a file: secret_*, configmap_*, cabundle_* and crl_number.
func exporterValues(l *placement) []label {
	labels := append(l.place(), label{"filename", path.Base(l.location.File)})
	labels = appendName(labels, "issuer_", l.certificate.Issuer)
	return appendName(labels, "subject_", l.certificate.Subject)
}

func placeLabels() []string {
	return []string{"filepath", "embedded_kind", "embedded_key", "serial_number", "discriminator"}
}

func exporterLabels() []string {
	labels := append(placeLabels(), "filename")
	for _, side := range []string{"issuer_", "subject_"} {
		for _, attribute := range attributes() {
			labels = append(labels, side+attribute)
		}
	}
	return labels
}
