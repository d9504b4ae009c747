package sample

// spot is where certificates of the sample are.
type spot struct{ source, path, kind, place string }

// places are the spots in turn. The two numbers of a path are that of a group and of the certificate.
func places() []spot {
	return []spot{
		{"vault", "secret/cf-%d/service-%d/tls", "secret", "certificate"},
		{"credhub", "/bosh/cf-%d/service_%d", "certificate", "certificate"},
		{"sites", "site-%d-%d.example.com:443", "host", ""},
		{"vault", "secret/platform-%d/config-%d", "secret", "config.tls.cert"},
		{"credhub", "/bosh/concourse-%d/tls_%d", "certificate", "certificate"},
		{"opsman", "cf-%d/.properties.certificate_%d", "certificate", ""},
		{"director", "director-%d/certificate-%d", "certificate", ""},
		{"old-vault", "secret/legacy-%d/app-%d", "secret", "certificate"},
		{"sites", "endpoint https://store-%d-%d.example.com:8200", "endpoint", ""},
	}
}
