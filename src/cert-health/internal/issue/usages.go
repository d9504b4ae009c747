package issue

import (
	"crypto/x509"
	"fmt"
	"strings"
)

// keyUsages are the words of safe for key usages.
var keyUsages = map[string]x509.KeyUsage{
	"digital_signature": x509.KeyUsageDigitalSignature, "content_commitment": x509.KeyUsageContentCommitment, "non_repudiation": x509.KeyUsageContentCommitment,
	"key_encipherment": x509.KeyUsageKeyEncipherment, "data_encipherment": x509.KeyUsageDataEncipherment, "key_agreement": x509.KeyUsageKeyAgreement,
	"key_cert_sign": x509.KeyUsageCertSign, "crl_sign": x509.KeyUsageCRLSign,
	"encipher_only": x509.KeyUsageEncipherOnly, "decipher_only": x509.KeyUsageDecipherOnly,
}

// extKeyUsages are the words of safe for extended key usages.
var extKeyUsages = map[string]x509.ExtKeyUsage{
	"client_auth": x509.ExtKeyUsageClientAuth, "server_auth": x509.ExtKeyUsageServerAuth, "code_signing": x509.ExtKeyUsageCodeSigning,
	"email_protection": x509.ExtKeyUsageEmailProtection, "timestamping": x509.ExtKeyUsageTimeStamping,
}

// Usages are the words for key usages, in the order of messages.
func Usages() []string {
	return []string{"server_auth", "client_auth", "digital_signature", "key_encipherment", "key_cert_sign", "crl_sign", "key_agreement", "data_encipherment",
		"content_commitment", "encipher_only", "decipher_only", "code_signing", "email_protection", "timestamping"}
}

// none are the words for no usage at all.
func none(word string) bool { return word == "none" || word == "no" }

// DefaultUsages are those of a new certificate: what servers and clients need, or what a CA needs. Only RSA keys
// encipher other keys.
func DefaultUsages(ca bool, t KeyType) []string {
	switch {
	case ca:
		return []string{"key_cert_sign", "crl_sign"}
	case t.Algorithm == x509.RSA:
		return []string{"server_auth", "client_auth", "digital_signature", "key_encipherment"}
	}
	return []string{"server_auth", "client_auth", "digital_signature"}
}

// ExtendedWords are the words of safe for extended key usages as RFC 5280 names them. What has no word stays.
func ExtendedWords(names []string) (words []string) {
	for _, name := range names {
		switch name {
		case "serverAuth":
			name = "server_auth"
		case "clientAuth":
			name = "client_auth"
		case "codeSigning":
			name = "code_signing"
		case "emailProtection":
			name = "email_protection"
		case "timeStamping":
			name = "timestamping"
		}
		words = append(words, name)
	}
	return words
}

// setUsages puts usages into a template. ca and public are those of the certificate.
func setUsages(template *x509.Certificate, words []string, ca bool, public any) error {
	for _, word := range words {
		word = strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(word))
		usage, basic := keyUsages[word]
		extended, isExtended := extKeyUsages[word]
		switch {
		case none(word) && len(words) == 1:
			return nil
		case none(word):
			return fmt.Errorf("the key usage %q cannot stand beside others: leave it out, or leave out the others", word)
		case basic:
			template.KeyUsage |= usage
		case isExtended:
			template.ExtKeyUsage = append(template.ExtKeyUsage, extended)
		default:
			return fmt.Errorf("%q is not a key usage: use %s, or none", word, strings.Join(Usages(), ", "))
		}
	}
	switch {
	case ca && template.KeyUsage != 0 && template.KeyUsage&x509.KeyUsageCertSign == 0:
		return fmt.Errorf("a CA without the key usage key_cert_sign cannot sign certificates: add it")
	case !ca && template.KeyUsage&x509.KeyUsageCertSign != 0:
		return fmt.Errorf("only a CA may have the key usage key_cert_sign: leave it out, or issue a CA (--ca)")
	case template.KeyUsage&x509.KeyUsageKeyEncipherment != 0 && TypeOf(public).Algorithm != x509.RSA:
		return fmt.Errorf("a key of type %s cannot have the key usage key_encipherment: leave it out", TypeOf(public))
	}
	return nil
}

// UsageWords are the words for key usages.
func UsageWords(usage x509.KeyUsage) (words []string) {
	for _, word := range Usages() {
		if basic := keyUsages[word]; basic != 0 && usage&basic != 0 {
			words = append(words, word)
		}
	}
	return words
}
