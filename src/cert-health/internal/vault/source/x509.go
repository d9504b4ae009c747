package source

import (
	"crypto/x509"
	"path"
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// certificateKey is the key of the certificate in a secret that `cert-health x509` can write.
const certificateKey = "certificate"

// soundBits is the smallest RSA key that is not weak.
const soundBits = 2048

// inLayout tells whether `cert-health x509` can use what a secret holds.
func inLayout(r cert.Reference) bool { return r.Key == certificateKey && !r.Keyless }

// command is a command of `cert-health x509` about a secret.
func command(h verdict.Held, flags []string, verb ...string) []verdict.Step {
	return []verdict.Step{verdict.Run(slices.Concat([]string{"cert-health", "x509"}, verb, []string{h.FullPath()}, flags)...)}
}

// renew makes a successor with the same key.
func renew(h verdict.Held) []verdict.Step {
	if !inLayout(h.Reference) {
		return []verdict.Step{verdict.Do("make a successor of the certificate and write it to the key %q of %s (`cert-health x509 renew` needs the keys `certificate` and `key`)", h.Key, h.FullPath())}
	}
	return command(h, signer(h), "renew")
}

// reissue makes another certificate with a new key. What a CA has signed ends with its key: a CA is
// rotated instead.
func reissue(h verdict.Held) []verdict.Step {
	switch {
	case !inLayout(h.Reference):
		return nil
	case h.Certificate != nil && h.Certificate.CA:
		return []verdict.Step{verdict.Run("cert-health", "rotate", "next", h.FullPath())}
	case h.Certificate != nil && h.Certificate.KeyAlgorithm == x509.RSA && h.Certificate.KeyBits < soundBits:
		return command(h, append([]string{"--bits", "4096"}, signer(h)...), "reissue")
	}
	return command(h, signer(h), "reissue")
}

// renewCRL makes a new revocation list of a CA.
func renewCRL(h verdict.Held) []verdict.Step {
	if !inLayout(h.Reference) {
		return nil
	}
	return command(h, nil, "crl", "--renew")
}

// signer is the flag that names the CA, if it is known and is not the secret `ca` beside the certificate. Without
// the flag, the command searches for the CA itself.
func signer(h verdict.Held) []string {
	beside := path.Join(path.Dir(h.FullPath()), "ca")
	if h.SelfSigned || h.Signer == nil || !inLayout(*h.Signer) || h.Signer.FullPath() == beside {
		return nil
	}
	return []string{"--signed-by", h.Signer.FullPath()}
}
