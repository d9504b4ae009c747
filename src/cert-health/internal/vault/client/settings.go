package client

// setting is a setting that messages name, by its path below `vault` in the configuration.
type setting string

// The settings that messages name.
const (
	settingAddress    setting = "address"
	settingNamespace  setting = "namespace"
	settingCACert     setting = "ca_cert"
	settingClientCert setting = "auth.cert"
	settingToken      setting = "auth.token"
	settingPaths      setting = "paths"
	settingRate       setting = "rate"
	settingTimeout    setting = "timeout"
	settingMaxSecrets setting = "max_secrets"
	settingMount      setting = "mount"
	settingKVVersion  setting = "kv_version"
	settingRedirects  setting = "redirect_hosts"
	settingAuth       setting = "auth"
)

// settings are all settings that messages name.
func settings() []setting {
	return []setting{settingAddress, settingNamespace, settingCACert, settingClientCert, settingToken, settingPaths,
		settingRate, settingTimeout, settingMaxSecrets, settingMount, settingKVVersion, settingRedirects}
}

// variable is the variable of the vault program, or the flag, that stands for a setting; empty
// if there is none.
func (s setting) variable() string {
	switch s {
	case settingAddress:
		return "VAULT_ADDR"
	case settingNamespace:
		return "VAULT_NAMESPACE"
	case settingCACert:
		return "VAULT_CACERT"
	case settingClientCert:
		return "VAULT_CLIENT_CERT and VAULT_CLIENT_KEY"
	case settingToken:
		return "VAULT_TOKEN"
	case settingRate:
		return "VAULT_RATE_LIMIT"
	case settingPaths:
		return "--vault-path"
	}
	return ""
}

// property is the path of a setting, or of one below it, in the configuration.
func (o *Options) property(s setting) string { return or(o.Prefix, "cert_health.vault.") + string(s) }

// Environment says which settings were taken from the environment of the process.
type Environment struct {
	Address string // name of the variable with the address; empty if it was not taken from there
	Token   bool   // the token is from VAULT_TOKEN or from vault login
	Rate    bool   // the rate is from VAULT_RATE_LIMIT
}

// Name names a setting as the reader of a message can change it: by the variable if Vault is
// configured by variables, and otherwise by the property.
func (o *Options) Name(s setting) string {
	switch e := o.Environment; {
	case s == settingAddress && e.Address != "":
		return e.Address
	case s == settingToken && e.Token, s == settingRate && e.Rate:
		return s.variable()
	case e.Address == "", s == settingToken, s == settingClientCert && o.Auth.Cert.Certificate != "":
		return o.property(s)
	case s.variable() == "":
		return "vault." + string(s) + " in a configuration (--config)"
	}
	return s.variable()
}

// NameOfPaths names the setting with the paths that are searched.
func (o *Options) NameOfPaths() string { return o.Name(settingPaths) }
