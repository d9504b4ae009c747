package keystore

import "cert-health/internal/secret"

// Known are the passwords that are public: constants in the templates of common jobs, and the
// places where other common jobs write theirs. They are tried after the configured ones.
//
//	| store                                   | password          | source                                                           |
//	| ---                                     | ---               | ---                                                              |
//	| UAA's server certificate, PKCS #12      | a constant        | cloudfoundry/uaa-release, jobs/uaa/templates/bin/pre-start.erb:  |
//	|                                         |                   | `openssl pkcs12 -export`, with -nomac on FIPS stemcells          |
//	| UAA's cacerts                           | changeit          | the same: `keytool -import ... -storepass changeit`              |
//	| CredHub's three .jks, really PKCS #12   | random, by every  | pivotal/credhub-release, jobs/credhub/templates/                 |
//	| on its OpenJDK 25                       | pre-start         | init_key_stores.erb: `echo "export KEY_STORE_PASSWORD=..." >     |
//	|                                         |                   | ${tmp_dir}/var-store`                                            |
//	| app-autoscaler's truststores and        | 123456            | cloudfoundry/app-autoscaler-release, jobs/scheduler/templates/   |
//	| keystores                               |                   | install_crt_truststore.sh; earlier also install_crt_keystore.erb |
//	| Kafka's keystore and truststore         | a property        | cloudfoundry-community/kafka-boshrelease, jobs/kafka/templates/  |
//	|                                         |                   | config/server.properties                                         |
//	| the JDK's cacerts, and what is made by  | changeit          | the JSSE reference guide; JDK-8275253: since JDK 18 cacerts has  |
//	| its documentation                       |                   | no password at all, and needs none here                          |
//	| what was made without one               | the empty one     | `openssl pkcs12 -export -passout pass:`                          |
func Known() []Password {
	const (
		credhub = "/var/vcap/jobs/credhub/config/"
		store   = "/var/vcap/jobs/credhub/tmp/var-store"
		kafka   = "/var/vcap/jobs/kafka/config/"
	)
	return []Password{
		{Glob: "/var/vcap/data/uaa/*.p12", Literal: secret.New("k0*l*s3cur1tyr0ck$")},
		{Glob: credhub + "cacerts.jks", Script: store, Variable: "KEY_STORE_PASSWORD"},
		{Glob: credhub + "trust_store.jks", Script: store, Variable: "TRUST_STORE_PASSWORD"},
		{Glob: credhub + "mtls_trust_store.jks", Script: store, Variable: "MTLS_TRUST_STORE_PASSWORD"},
		{Glob: "/var/vcap/jobs/*/config/certs/*/cacerts", Literal: secret.New("123456")},
		{Glob: "/var/vcap/data/certs/**", Literal: secret.New("123456")},
		{Glob: kafka + "generated.keystore.jks", Script: kafka + "server.properties", Variable: "ssl.keystore.password"},
		{Glob: kafka + "generated.truststore.jks", Script: kafka + "server.properties", Variable: "ssl.truststore.password"},
		{Glob: kafka + "generated.key.p12", Script: kafka + "server.properties", Variable: "ssl.keystore.password"},
		{Glob: anyPath, Literal: secret.New("changeit")},
		{Glob: anyPath, Literal: secret.New("")},
	}
}

// anyPath is the glob of the passwords that are tried for every store.
const anyPath = "**/*"

// Public are the known passwords of every store, for a store without a path.
func Public() (all []secret.Value) {
	for _, password := range Known() {
		if password.Glob == anyPath {
			all = append(all, password.Literal)
		}
	}
	return all
}
