// Package lenient reads X.509 certificates that crypto/x509 refuses. OpenSSL, Java and
// devices accept many of these certificates, and the certificates expire like all others.
//
// Three rules hold here:
//
//   - A part that is well formed gives the same value as in crypto/x509. A part that is
//     not gives the value that its author most likely meant, and a reason why programs
//     refuse the certificate.
//   - A part that cannot be read is left empty. Only a certificate whose end of validity
//     cannot be read is an error.
//   - The input comes from strangers: nothing recurses, the work is linear in the input,
//     and the memory is bounded by a multiple of it.
//
// Package der reads the headers of all elements. Its readers of whole encodings are not used:
// der.Elements refuses lengths with superfluous bytes, and der.Reader ends at the first fault.
// encoding/asn1 decodes only object identifiers, whose type it shares with crypto/x509, and the
// parameters of RSA-PSS, which crypto/x509 decodes in the same way.
//
// crypto/x509 reads what it accepts, faster. Callers ask it first.
package lenient
