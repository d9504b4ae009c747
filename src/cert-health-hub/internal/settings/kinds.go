package settings

import (
	"cert-health/hub/internal/source/credhub"
	"cert-health/hub/internal/source/director"
	"cert-health/hub/internal/source/opsman"
	"cert-health/hub/internal/source/tls"
	"cert-health/hub/internal/source/vault"
)

// kinds are all types of sources. This is the only place that knows which exist.
func kinds() []kind {
	return []kind{
		of(vault.Type, vault.Options{}, vault.New),
		of(credhub.Type, credhub.Defaults(), credhub.New),
		of(opsman.Type, opsman.Defaults(), opsman.New),
		of(director.Type, director.Defaults(), director.New),
		of(tls.Type, tls.Options{}, tls.New),
	}
}
