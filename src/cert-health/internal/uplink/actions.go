package uplink

import "cert-health/internal/verdict"

// ActionName is the name of an action in Remedies; empty if it has none.
func ActionName(action verdict.Action) string {
	names := [verdict.Actions]string{
		verdict.Renew: "renew", verdict.Reissue: "reissue", verdict.RenewCRL: "renew_crl", verdict.Rollback: "rollback",
		verdict.Restore: "restore", verdict.Publish: "publish", verdict.Narrow: "narrow",
	}
	if action < 0 || action >= verdict.Actions {
		return ""
	}
	return names[action]
}
