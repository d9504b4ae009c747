package metrics

import "cert-health/internal/promtext"

// family is one metric, with the function that writes its samples.
type family struct {
	name       string
	kind       promtext.Type
	help       string
	labels     []string // the possible labels, besides those of the VM
	unreported bool     // written before the first report too
	write      func(*encoder)
}

func gauge(name, help string, write func(*encoder), labels ...string) family {
	return family{name: name, kind: promtext.Gauge, help: help, labels: labels, write: write}
}

func counter(name, help string, write func(*encoder), labels ...string) family {
	return family{name: name, kind: promtext.Counter, help: help, labels: labels, write: write}
}

// always returns a family that is written before the first report too.
func always(f family) family {
	f.unreported = true
	return f
}

// catalogue lists every metric, in the order in which they are written. Tests compare
// docs/metrics.md, the alert rules and the dashboard with it.
func catalogue() []family {
	return []family{
		gauge("x509_cert_not_after", "End of the certificate's validity, in seconds since 1970.", (*encoder).notAfter, exporterLabels()...),
		gauge("x509_cert_not_before", "Start of the certificate's validity, in seconds since 1970.", (*encoder).notBefore, exporterLabels()...),
		gauge("x509_cert_expired", "1 if the certificate has expired, otherwise 0.", (*encoder).expired, exporterLabels()...),
		always(gauge("x509_source_up", "1 if the files of the jobs were scanned in the last 15 minutes, otherwise 0.",
			(*encoder).sourceUp, "source_kind", "source_name")),
		always(counter("x509_source_errors_total", "Files, blocks and key stores that could not be read, counted again in each scan.",
			(*encoder).sourceErrors, "source_kind", "source_name", "reason")),

		always(gauge("cert_health_build_info", "Version of cert-health; always 1.", (*encoder).build, "version", "goversion")),
		always(gauge("cert_health_last_success_timestamp_seconds", "Time of the last successful read of the source, in seconds since 1970.",
			(*encoder).lastSuccess, "source")),
		gauge("cert_health_scan_duration_seconds", "Duration of the last scan, in seconds.", (*encoder).duration),
		gauge("cert_health_files", "Candidate files of the last scan, by outcome.", (*encoder).files, "outcome"),
		gauge("cert_health_certificates", "Distinct certificates, by the severity of their worst finding; ok without a finding.",
			(*encoder).certificates, "severity"),
		gauge("cert_health_placements", "Locations of all certificates.", (*encoder).placements),
		gauge("cert_health_placements_left_out", "Placements that are not listed one by one because of the limit.", (*encoder).leftOut),
		gauge("cert_health_next_expiry_timestamp_seconds", "Earliest end of validity of the certificates that are still valid, in seconds since 1970.",
			(*encoder).nextExpiry, "role"),
		gauge("cert_health_findings", "Findings of certificates, by code and severity.", (*encoder).findings, "code", "severity"),
		gauge("cert_health_placement_finding_timestamp_seconds", "A finding at one location. The value is the time that the finding is about, "+
			"in seconds since 1970: the end or start of validity, or the start of the drift; 0 without such a time.",
			(*encoder).placementFindings, findingLabels()...),
		gauge("cert_health_problems", "What could not be read, and what expires and is not a deployed certificate (revocation lists, instance identities, the agent's credential), by code.", (*encoder).problems, "code"),
		gauge("cert_health_unverified", "Files, directories, jobs, paths of Vault and ports that could not be checked.", (*encoder).unverified),
		gauge("cert_health_ignored_findings", "Findings and problems that the configuration ignores.", (*encoder).ignored),

		gauge("cert_health_reference_up", "1 if the source of references answered the last time, otherwise 0; missing before it is asked.", (*encoder).referenceUp, "source"),
		gauge("cert_health_reference_certificates", "Distinct certificates, by the state of their reference.",
			(*encoder).referenceStates, "state"),
		gauge("cert_health_served_drift_certificates", "Distinct certificates in files whose process serves a different certificate.",
			(*encoder).servedDrift),
		always(counter("cert_health_vault_requests_total", "Requests sent to Vault since the agent started.", (*encoder).requests)),
		gauge("cert_health_vault_requests_last_day", "Requests sent to Vault in the last 24 hours, including those before a restart.", (*encoder).requestsDay),
		gauge("cert_health_vault_secrets", "Secrets read in the last comparison.", (*encoder).secrets),
	}
}
