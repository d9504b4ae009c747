package cert

// Form is how a certificate is written in a file.
type Form string

// The forms, and no others.
const (
	PEM        Form = "pem"         // armoured text, lines starting at the margin
	PEMYAML    Form = "pem-yaml"    // the same, indented
	PEMJSON    Form = "pem-json"    // in a JSON string, line breaks escaped
	PEMEscaped Form = "pem-escaped" // line breaks escaped, elsewhere
	PEMBase64  Form = "pem-base64"  // the base64 of a PEM
	DER        Form = "der"
	PKCS7      Form = "pkcs7"
	PKCS12     Form = "pkcs12"
	JKS        Form = "jks"
)
