package lenient

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
)

// signatureAlgorithm knows the same algorithms as crypto/x509.
func signatureAlgorithm(oid element, parameters elements) x509.SignatureAlgorithm {
	id, ok := oid.objectID()
	if !ok {
		return x509.UnknownSignatureAlgorithm
	}
	switch id.String() {
	case "1.2.840.113549.1.1.4":
		return x509.MD5WithRSA
	case "1.2.840.113549.1.1.5", "1.3.14.3.2.29":
		return x509.SHA1WithRSA
	case "1.2.840.113549.1.1.11":
		return x509.SHA256WithRSA
	case "1.2.840.113549.1.1.12":
		return x509.SHA384WithRSA
	case "1.2.840.113549.1.1.13":
		return x509.SHA512WithRSA
	case "1.2.840.113549.1.1.10":
		return probabilistic(parameters)
	case "1.2.840.10040.4.3":
		return x509.DSAWithSHA1
	case "2.16.840.1.101.3.4.3.2":
		return x509.DSAWithSHA256
	case "1.2.840.10045.4.1":
		return x509.ECDSAWithSHA1
	case "1.2.840.10045.4.3.2":
		return x509.ECDSAWithSHA256
	case "1.2.840.10045.4.3.3":
		return x509.ECDSAWithSHA384
	case "1.2.840.10045.4.3.4":
		return x509.ECDSAWithSHA512
	case "1.3.101.112":
		if len(parameters) == 0 {
			return x509.PureEd25519
		}
	}
	return x509.UnknownSignatureAlgorithm
}

// pssParameters are those of RFC 4055.
type pssParameters struct {
	Hash         pkix.AlgorithmIdentifier `asn1:"explicit,tag:0"`
	MGF          pkix.AlgorithmIdentifier `asn1:"explicit,tag:1"`
	SaltLength   int                      `asn1:"explicit,tag:2"`
	TrailerField int                      `asn1:"optional,explicit,tag:3,default:1"`
}

// probabilistic reads the parameters of RSA-PSS. As in crypto/x509, one hash serves for
// all, and the salt is as long as it.
func probabilistic(parameters elements) x509.SignatureAlgorithm {
	var p pssParameters
	var mask pkix.AlgorithmIdentifier
	first, _ := parameters.next()
	if _, err := asn1.Unmarshal(first.whole, &p); err != nil {
		return x509.UnknownSignatureAlgorithm
	}
	if _, err := asn1.Unmarshal(p.MGF.Parameters.FullBytes, &mask); err != nil {
		return x509.UnknownSignatureAlgorithm
	}
	if !empty(p.Hash.Parameters) || !empty(mask.Parameters) || p.TrailerField != 1 ||
		p.MGF.Algorithm.String() != "1.2.840.113549.1.1.8" || !mask.Algorithm.Equal(p.Hash.Algorithm) {
		return x509.UnknownSignatureAlgorithm
	}
	switch hash := p.Hash.Algorithm.String(); {
	case hash == "2.16.840.1.101.3.4.2.1" && p.SaltLength == 32:
		return x509.SHA256WithRSAPSS
	case hash == "2.16.840.1.101.3.4.2.2" && p.SaltLength == 48:
		return x509.SHA384WithRSAPSS
	case hash == "2.16.840.1.101.3.4.2.3" && p.SaltLength == 64:
		return x509.SHA512WithRSAPSS
	}
	return x509.UnknownSignatureAlgorithm
}

// empty tells whether an algorithm has no parameters, or NULL.
func empty(parameters asn1.RawValue) bool {
	return len(parameters.FullBytes) == 0 || string(parameters.FullBytes) == string(asn1.NullBytes)
}
