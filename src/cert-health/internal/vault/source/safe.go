package source

import (
	"crypto/x509"
	"path"
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// safeKey is the key of the certificate in a secret that `safe x509` can read.
const safeKey = "certificate"

// inLayout tells whether safe can use what a secret holds.
func inLayout(r cert.Reference) bool { return r.Key == safeKey && !r.Keyless }

// safeBits are the RSA keys that `safe x509 reissue` makes. It refuses to keep another size.
var safeBits = []int{2048, 4096}

// safe is a command of `safe x509` about a secret.
func safe(h verdict.Held, flags []string, command ...string) verdict.Step {
	return verdict.Run(slices.Concat([]string{"safe", "x509"}, command, []string{h.FullPath()}, flags)...)
}

// renew makes a successor with the same key. `safe x509 renew` needs an RSA key and the CA
// that signs.
func renew(h verdict.Held) []verdict.Step {
	switch {
	case !inLayout(h.Reference):
		return []verdict.Step{verdict.Do("make a successor of the certificate and write it to the key %q of %s (`safe x509 renew` needs the keys `certificate` and `key`)", h.Key, h.FullPath())}
	case !isRSA(h.Certificate):
		return []verdict.Step{verdict.Do("make a successor of this %s certificate and write it to %s (`safe x509 renew` needs an RSA key)", h.Certificate.KeyName(), h.FullPath())}
	}
	return signed(h, nil, "renew")
}

// reissue makes another certificate with a new key. safe cannot sign a self-signed
// certificate with its new key.
func reissue(h verdict.Held) []verdict.Step {
	switch {
	case !inLayout(h.Reference):
		return nil
	case !isRSA(h.Certificate):
		return []verdict.Step{verdict.Do("make it with a new key and write both to %s (`safe x509 reissue` needs an RSA key)", h.FullPath())}
	case h.SelfSigned:
		return []verdict.Step{verdict.Do("make it with a new key and write both to %s (`safe x509 reissue` fails for a self-signed certificate)", h.FullPath())}
	case h.Certificate != nil && !slices.Contains(safeBits, h.Certificate.KeyBits):
		return signedAgain(h, "--bits", "4096")
	}
	return signedAgain(h)
}

// signedAgain is a reissue. If the CA is not known, no command works as it is: safe may sign
// with another CA than before, and clients refuse the new certificate.
func signedAgain(h verdict.Held, flags ...string) []verdict.Step {
	if steps := signed(h, flags, "reissue"); len(steps) == 1 {
		return steps
	}
	command := safe(h, append(flags, "--signed-by"), "reissue")
	return []verdict.Step{verdict.Do("run `%s` with the path of its CA (%s) behind it", command, h.Certificate.Issuer)}
}

// renewCRL makes a new revocation list of a CA.
func renewCRL(h verdict.Held) []verdict.Step {
	if !inLayout(h.Reference) {
		return nil
	}
	return []verdict.Step{safe(h, nil, "crl", "--renew")}
}

// signed is a command that signs. Without --signed-by, safe signs a self-signed certificate
// with its own key, and others with the CA in the secret `ca` beside theirs. It does not
// check that this CA signed the certificate before.
func signed(h verdict.Held, flags []string, command string) []verdict.Step {
	beside := path.Join(path.Dir(h.FullPath()), "ca")
	switch {
	case h.Certificate == nil || h.SelfSigned || h.Signer != nil && inLayout(*h.Signer) && h.Signer.FullPath() == beside:
		return []verdict.Step{safe(h, flags, command)}
	case h.Signer != nil && inLayout(*h.Signer):
		return []verdict.Step{safe(h, append(flags, "--signed-by", h.Signer.FullPath()), command)}
	}
	return []verdict.Step{
		verdict.Do("if %s is not its CA (%s), add --signed-by and the path of that CA to this command:", beside, h.Certificate.Issuer),
		safe(h, flags, command),
	}
}

// isRSA tells whether a certificate has an RSA key, as far as it is known.
func isRSA(c *cert.Certificate) bool { return c == nil || c.KeyAlgorithm == x509.RSA }
