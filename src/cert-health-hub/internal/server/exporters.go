package server

import (
	"path"
	"strconv"
	"strings"

	"cert-health/hub/internal/catalog"
	"cert-health/internal/promtext"
)

// exporterLabels are those of x509-certificate-exporter. The path of the item takes the place of a
// file's, and the place within the item that of a key within a file.
func exporterLabels(e *catalog.Entry, p catalog.Placement) []promtext.Label {
	labels := []promtext.Label{
		label("source", p.Source), label("source_type", p.SourceType),
		label("filepath", p.Path), label("filename", path.Base(p.Path)), label("embedded_kind", p.Kind), label("embedded_key", p.Place),
		label("serial_number", promtext.Decimal(e.Serial)),
	}
	labels = promtext.AppendName(labels, "issuer_", e.Issuer)
	return promtext.AppendName(labels, "subject_", e.Subject)
}

func writeExporter(w *promtext.Writer, view *catalog.View, samples []sample) {
	for _, m := range []struct {
		name, help string
		value      func(*catalog.Entry) float64
	}{
		{"x509_cert_not_after", "End of the certificate's validity, in seconds since 1970.", func(e *catalog.Entry) float64 { return promtext.Time(e.NotAfter) }},
		{"x509_cert_not_before", "Start of the certificate's validity, in seconds since 1970.", func(e *catalog.Entry) float64 { return promtext.Time(e.NotBefore) }},
		{"x509_cert_expired", "1 if the certificate has expired, otherwise 0.", func(e *catalog.Entry) float64 { return promtext.Bool(view.Now().After(e.NotAfter)) }},
	} {
		w.Metric(m.name, promtext.Gauge, m.help)
		for _, s := range samples {
			w.SampleRendered(m.value(s.Entry), s.labels)
		}
	}
	// The exporter calls what it could not read so.
	w.Metric("x509_read_errors", promtext.Gauge, "Parts of sources that could not be seen, and sources that failed.")
	unread := 0
	for _, s := range view.Sources() {
		if unread += len(s.Unseen); s.Error != "" {
			unread++
		}
	}
	w.Sample(promtext.Count(unread))
}

// writeCredHub writes what credhub_exporter does, for the certificates of CredHub: a name ends in
// "-cert" or "-ca", and the index counts the certificates of such a value. The exporter names one
// CredHub by environment and deployment (earlier: director); here all of them are the source's name.
func writeCredHub(w *promtext.Writer, samples []sample) {
	indexes := map[string]int{}
	for i, s := range samples {
		labels := credhubLabels(s.Placement, path.Base(s.Path)+suffix(s.Place))
		key := string(promtext.Render(labels...))
		indexes[key]++
		samples[i].labels = promtext.Render(append(labels, label("index", strconv.Itoa(indexes[key])))...)
	}
	w.Metric("credhub_certificate_expires_at", promtext.Gauge, "Number of seconds since 1970 until certificate will expire")
	for _, s := range samples {
		w.SampleRendered(promtext.Time(s.NotAfter), s.labels)
	}
	w.Metric("credhub_credential_created_at", promtext.Gauge, "Number of seconds since 1970 since last rotation of credhub credential")
	seen := map[string]bool{}
	for _, s := range samples {
		labels := promtext.Render(credhubLabels(s.Placement, path.Base(s.Path))...)
		if !s.Since.IsZero() && !seen[string(labels)] {
			seen[string(labels)] = true
			w.SampleRendered(promtext.Time(s.Since), labels)
		}
	}
}

func credhubLabels(p catalog.Placement, name string) []promtext.Label {
	return []promtext.Label{
		label("path", p.Path), label("name", name), label("id", p.Version),
		label("environment", p.Source), label("deployment", p.Source), label("director", p.Source),
	}
}

// suffix is what the exporter adds to the name of a certificate's credential.
func suffix(place string) string {
	switch first, _, _ := strings.Cut(place, " "); first {
	case "certificate":
		return "-cert"
	case "ca":
		return "-ca"
	}
	return ""
}
