package catalog

import "cert-health/internal/verdict"

// credhubSteps regenerate a certificate in CredHub. A CA is rotated in three deploys, so that each VM
// trusts the new CA before a program uses a certificate of it. That is pointless when the CA has
// expired.
func credhubSteps(_ *View, e *Entry, p Placement, why purpose) []verdict.Step {
	switch {
	case p.Kind != "" && p.Kind != "certificate":
		return []verdict.Step{verdict.Do("make a successor %s, and write it to CredHub with `credhub set -n %s`", atIssuer(e), p.Path)}
	case p.Place == "ca":
		return []verdict.Step{verdict.Do("renew its CA, then regenerate %s", p.Path)}
	case !e.CA:
		return []verdict.Step{verdict.Run("credhub", "regenerate", "-n", p.Path), deploy()}
	case why == replacing:
		return []verdict.Step{verdict.Run("credhub", "regenerate", "-n", p.Path), verdict.Run("credhub", "bulk-regenerate", "--signed-by", p.Path), deploy()}
	}
	return []verdict.Step{
		verdict.Run("credhub", "curl", "-p", "/api/v1/certificates?name="+p.Path),
		verdict.Do("make a new version that only becomes trusted, with the id that this shows: `credhub curl -X POST -p /api/v1/certificates/ID/regenerate -d '{\"set_as_transitional\": true}'`"),
		deploy(),
		verdict.Do("let the new version sign, with the id of the old version: `credhub curl -X PUT -p /api/v1/certificates/ID/update_transitional_version -d '{\"version\": \"OLD\"}'`"),
		verdict.Run("credhub", "bulk-regenerate", "--signed-by", p.Path),
		deploy(),
		verdict.Do("end the trust in the old version: `credhub curl -X PUT -p /api/v1/certificates/ID/update_transitional_version -d '{\"version\": null}'`"),
		deploy(),
	}
}

func deploy() verdict.Step { return verdict.Do("deploy the deployments that use it") }
