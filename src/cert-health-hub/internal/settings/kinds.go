package settings

import (
	"cert-health/hub/internal/source/tls"
	"cert-health/hub/internal/source/vault"
)

// kinds are all types of sources. This is the only place that knows which exist.
func kinds() []kind {
	return []kind{
		of(vault.Type, vault.Options{}, vault.New),
		of(tls.Type, tls.Options{}, tls.New),
	}
}
