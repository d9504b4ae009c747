package catalog

import (
	"slices"
	"strings"

	"cert-health/internal/verdict"
)

// StoreTitle is the product of a source that holds what is deployed: "Vault". It is empty for a source of another
// type, and for an item that nothing is deployed from: the address of the source, and what a PKI engine issued.
func StoreTitle(sourceType, kind string) string {
	switch kind {
	case endpointKind, issuedKind, issuerKind:
		return ""
	}
	switch sourceType {
	case "vault":
		return "Vault"
	case "credhub":
		return "CredHub"
	}
	return ""
}

// opsmanSteps name the procedure that Ops Manager gives, if it gives one.
func opsmanSteps(_ *View, e *Entry, p Placement, why purpose) []verdict.Step {
	name, address := detail(p, "rotation procedure"), detail(p, "rotation procedure URL")
	switch {
	case name != "" && address != "":
		return []verdict.Step{verdict.Do("follow the procedure of Ops Manager %q: %s", name, address)}
	case name != "" || address != "":
		return []verdict.Step{verdict.Do("follow the procedure of Ops Manager: %s", name+address)}
	case p.Kind == "certificate_authority" && p.State == "transitional":
		return []verdict.Step{verdict.Do("delete this inactive CA in Ops Manager, when no certificate of it is in use any more, and apply changes")}
	case p.Kind == "certificate_authority":
		return []verdict.Step{
			verdict.Do("make a new CA in Ops Manager (POST /api/v0/certificate_authorities/generate), and apply changes"),
			verdict.Do("activate it (POST /api/v0/certificate_authorities/GUID/activate), regenerate the certificates (POST /api/v0/certificate_authorities/active/regenerate), and apply changes"),
			verdict.Do("delete the old CA (DELETE /api/v0/certificate_authorities/GUID), and apply changes"),
		}
	}
	return []verdict.Step{verdict.Do("renew it in Ops Manager (%s) %s, and apply changes", p.Path, atIssuer(e))}
}

// detail is a detail of an item; empty if the item has none of that name.
func detail(p Placement, name string) string {
	for _, d := range p.Details() {
		if d.Name == name {
			return d.Value
		}
	}
	return ""
}

// directorSteps renew a certificate of the Director itself, or a variable of a deployment, which has a
// path such as deployment/cf/bosh/cf/tls.
func directorSteps(_ *View, _ *Entry, p Placement, _ purpose) []verdict.Step {
	below, isVariable := strings.CutPrefix(p.Path, "deployment/")
	if deployment, variable, found := strings.Cut(below, "/"); isVariable && found {
		return []verdict.Step{verdict.Run("credhub", "regenerate", "-n", "/"+variable), verdict.Do("deploy the deployment %s", deployment)}
	}
	return []verdict.Step{verdict.Do("remove the variable of %s from the Director's variables file, and run `bosh create-env` again", strings.TrimPrefix(p.Path, "director/"))}
}

// tlsSteps bring the certificate to a server. If a store holds it, its steps come first.
func tlsSteps(_ *View, e *Entry, p Placement, _ purpose) []verdict.Step {
	if inStore(e) {
		return []verdict.Step{verdict.Do("bring the new certificate to the server at %s, and restart it", p.Path)}
	}
	return []verdict.Step{verdict.Do("renew it %s, install it at %s, and restart the server", atIssuer(e), p.Path)}
}

func inStore(e *Entry) bool {
	return slices.ContainsFunc(e.InUse(), func(p Placement) bool { return p.SourceType != "tls" && p.Kind != endpointKind })
}
