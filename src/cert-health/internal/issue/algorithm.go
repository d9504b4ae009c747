package issue

import (
	"crypto/x509"
	"fmt"
	"strings"
)

// sound are the signature algorithms that are made, by their names in safe. Programs refuse MD5 and SHA-1.
var sound = []struct {
	name      string
	algorithm x509.SignatureAlgorithm
	key       x509.PublicKeyAlgorithm
}{
	{"sha256-rsa", x509.SHA256WithRSA, x509.RSA},
	{"sha384-rsa", x509.SHA384WithRSA, x509.RSA},
	{"sha512-rsa", x509.SHA512WithRSA, x509.RSA},
	{"sha256-rsapss", x509.SHA256WithRSAPSS, x509.RSA},
	{"sha384-rsapss", x509.SHA384WithRSAPSS, x509.RSA},
	{"sha512-rsapss", x509.SHA512WithRSAPSS, x509.RSA},
	{"ecdsa-sha256", x509.ECDSAWithSHA256, x509.ECDSA},
	{"ecdsa-sha384", x509.ECDSAWithSHA384, x509.ECDSA},
	{"ecdsa-sha512", x509.ECDSAWithSHA512, x509.ECDSA},
	{"ed25519", x509.PureEd25519, x509.Ed25519},
}

// Algorithms are the names that ParseAlgorithm takes.
func Algorithms() []string {
	names := make([]string, len(sound))
	for i, row := range sound {
		names[i] = row.name
	}
	return names
}

// ParseAlgorithm reads the name of a signature algorithm as safe writes it. sha256, sha384 and sha512 stand for
// those of RSA.
func ParseAlgorithm(name string) (x509.SignatureAlgorithm, error) {
	name = strings.ToLower(name)
	for _, row := range sound {
		if name == row.name || name+"-rsa" == row.name {
			return row.algorithm, nil
		}
	}
	return 0, fmt.Errorf("%q is not a signature algorithm that programs accept: use %s", name, strings.Join(Algorithms(), ", "))
}

// CheckAlgorithm tells whether a key can make signatures of an algorithm; zero stands for the default of the key.
func CheckAlgorithm(a x509.SignatureAlgorithm, k Key) error {
	if a == 0 || fits(a, k) {
		return nil
	}
	return fmt.Errorf("the key that signs (%s) cannot make signatures of %s: use another algorithm, or leave it out", k.Type(), a)
}

func fits(a x509.SignatureAlgorithm, k Key) bool {
	for _, row := range sound {
		if row.algorithm == a {
			return row.key == k.Type().Algorithm
		}
	}
	return false
}

// algorithm keeps an algorithm if it is sound for the key that signs. Zero stands for the default of the key.
func (by Signing) algorithm(a x509.SignatureAlgorithm) x509.SignatureAlgorithm {
	if fits(a, by.Key) {
		return a
	}
	return 0
}
