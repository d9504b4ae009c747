package metrics

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strconv"

	"cert-health/internal/promtext"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// placement is one certificate at one place that is listed.
type placement struct {
	certificate   *report.Certificate
	location      report.Location
	discriminator string // set if another placement has all other labels too
	exporter      []byte // the labels of x509_cert_*, rendered
	silenced      bool   // the configuration ignores its expiry
}

// list selects the placements in the order of the report, the worst first, so that the
// limit leaves out the least important.
func (e *encoder) list() {
	silenced := e.silenced()
	for i := range e.report.Certificates {
		c := &e.report.Certificates[i]
		if !e.options.All && worst(c) < verdict.Warning {
			continue
		}
		for _, location := range c.Locations {
			if len(e.listed) == e.options.MaxPlacements {
				e.left++
				continue
			}
			l := placement{certificate: c, location: location, silenced: silenced[silence{c.Fingerprint, location}]}
			l.exporter = promtext.Render(exporterValues(&l)...)
			e.listed = append(e.listed, l)
		}
	}
	discriminate(e.listed)
}

// silence is a certificate at a place where the configuration ignores its expiry.
type silence struct {
	fingerprint string
	location    report.Location
}

// silenced are the placements whose expiry the configuration ignores. Their dates are not
// written, because an alert rule would report them.
func (e *encoder) silenced() map[silence]bool {
	silenced := map[silence]bool{}
	for _, ignored := range e.report.Ignored {
		if ignored.Code.Moment().OfValidity() {
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

// discriminate gives placements with the same labels one more label that differs, as the
// exporter does by default ("auto"). Prometheus rejects a whole scrape that has one series
// twice.
func discriminate(listed []placement) {
	same := map[string][]int{}
	for i := range listed {
		same[string(listed[i].exporter)] = append(same[string(listed[i].exporter)], i)
	}
	for _, group := range same {
		if len(group) < 2 {
			continue
		}
		// The order of certificates changes with time, the order of a certificate's places does not.
		seen := map[string]int{}
		for _, i := range group {
			l := &listed[i]
			of := l.certificate.Fingerprint
			sum := sha256.Sum256([]byte(of + "\x00" + l.location.File + "\x00" + strconv.Itoa(seen[of])))
			seen[of]++
			l.discriminator = hex.EncodeToString(sum[:4])
			l.exporter = promtext.Render(exporterValues(l)...)
		}
	}
}

// place are the labels that identify a placement. Both x509_cert_* and the metric of
// findings have them, so that they can be joined. The exporter sets embedded_kind and
// embedded_key only for a kubeconfig, its only form of certificates within other text; here
// they are the form and the line of any certificate within other text.
func (l *placement) place() []promtext.Label {
	kind, key := embedded(l.location)
	return []promtext.Label{label("filepath", l.location.File), label("embedded_kind", kind), label("embedded_key", key),
		label("serial_number", promtext.Decimal(l.certificate.Serial)), label("discriminator", l.discriminator)}
}

func embedded(l report.Location) (kind, key string) {
	if !l.Form.Embedded() {
		return "", ""
	}
	return string(l.Form), "line " + strconv.Itoa(l.Line)
}

// exporterValues are the labels of x509_cert_*, without those of the exporter that do not
// apply to a file: secret_*, configmap_*, cabundle_* and crl_number.
func exporterValues(l *placement) []promtext.Label {
	labels := append(l.place(), label("filename", path.Base(l.location.File)))
	labels = promtext.AppendName(labels, "issuer_", l.certificate.Issuer)
	return promtext.AppendName(labels, "subject_", l.certificate.Subject)
}

func placeLabels() []string {
	return []string{"filepath", "embedded_kind", "embedded_key", "serial_number", "discriminator"}
}

func exporterLabels() []string {
	labels := append(placeLabels(), "filename")
	for _, side := range []string{"issuer_", "subject_"} {
		for _, attribute := range promtext.Attributes() {
			labels = append(labels, side+attribute)
		}
	}
	return labels
}
