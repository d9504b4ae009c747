package metrics

// Type is what kind of number a metric is.
type Type string

// The types that are in use.
const (
	Gauge   Type = "gauge"
	Counter Type = "counter"
)

// Family is one metric.
type Family struct {
	Name   string
	Type   Type
	Help   string
	Labels []string // that a series may have, besides those of the VM
}

// family is one with what writes its samples.
type family struct {
	Family
	unreported bool // it is written without a report too
	write      func(*page)
}

// Families lists every metric in the order in which they are written. The list is
// closed: docs/metrics.md, the rules and the dashboard are held against it.
func Families() []Family {
	all := catalogue()
	list := make([]Family, len(all))
	for i, f := range all {
		list[i] = f.Family
	}
	return list
}

// IdentityLabels are the labels of every series, where the agent knows them.
func IdentityLabels() []string { return []string{"bosh_deployment", "bosh_job_name", "bosh_job_id"} }

func gauge(name, help string, write func(*page), labels ...string) family {
	return family{Family: Family{Name: name, Type: Gauge, Help: help, Labels: labels}, write: write}
}

func counter(name, help string, write func(*page), labels ...string) family {
	return family{Family: Family{Name: name, Type: Counter, Help: help, Labels: labels}, write: write}
}

// always makes a family one that is written before the first report too.
func always(f family) family {
	f.unreported = true
	return f
}

func catalogue() []family {
	return []family{
		gauge("x509_cert_not_after", "When the certificate ends, in seconds since 1970.", (*page).notAfter, exporterLabels()...),
		gauge("x509_cert_not_before", "When the certificate begins to be valid, in seconds since 1970.", (*page).notBefore, exporterLabels()...),
		gauge("x509_cert_expired", "Whether the certificate has ended: 1 or 0.", (*page).expired, exporterLabels()...),
		always(gauge("x509_source_up", "Whether the files of the jobs were scanned in the last 15 minutes: 1 or 0.",
			(*page).sourceUp, "source_kind", "source_name")),
		always(counter("x509_source_errors_total", "What could not be read, counted anew in each scan.",
			(*page).sourceErrors, "source_kind", "source_name", "reason")),

		always(gauge("cert_health_build_info", "Which cert-health this is; always 1.", (*page).build, "version", "goversion")),
		always(gauge("cert_health_last_success_timestamp_seconds", "When the source was last read, in seconds since 1970.",
			(*page).lastSuccess, "source")),
		gauge("cert_health_scan_duration_seconds", "How long the last scan took.", (*page).duration),
		gauge("cert_health_files", "Candidate files of the last scan, by outcome.", (*page).files, "outcome"),
		gauge("cert_health_certificates", "Distinct certificates, by the severity of their worst finding; ok without one.",
			(*page).certificates, "severity"),
		gauge("cert_health_placements", "Places of all certificates together.", (*page).placements),
		gauge("cert_health_placements_left_out", "Placements that should have been listed one by one, beyond the limit.", (*page).leftOut),
		gauge("cert_health_next_expiry_timestamp_seconds", "The next end of a certificate that is still valid, in seconds since 1970.",
			(*page).nextExpiry, "role"),
		gauge("cert_health_findings", "Findings of certificates, by code and severity.", (*page).findings, "code", "severity"),
		gauge("cert_health_placement_finding_timestamp_seconds", "A finding at one place. The value is the moment that it is about, "+
			"in seconds since 1970: the end of validity, its beginning, or since when the drift lasts; 0 without one.",
			(*page).placementFindings, findingLabels()...),
		gauge("cert_health_problems", "What was not seen, and what ends and is no certificate: revocation lists, instance identities, the agent's own credential; by code.", (*page).problems, "code"),
		gauge("cert_health_ignored_findings", "Findings and problems that the configuration silences.", (*page).ignored),

		gauge("cert_health_reference_up", "Whether the reference answered when it was last asked: 1 or 0.", (*page).referenceUp, "source"),
		gauge("cert_health_reference_certificates", "Distinct certificates, by how they relate to the reference.",
			(*page).referenceStates, "state"),
		gauge("cert_health_served_drift_certificates", "Distinct certificates in files in whose place the process serves another.",
			(*page).servedDrift),
		always(counter("cert_health_vault_requests_total", "Requests sent to Vault since the agent started.", (*page).requests)),
		gauge("cert_health_vault_requests_last_day", "Requests sent to Vault in the last 24 hours, over restarts.", (*page).requestsDay),
		gauge("cert_health_vault_secrets", "Secrets read in the last comparison.", (*page).secrets),
	}
}
