// Package keystore reads certificates out of the stores that are no text: PKCS #12,
// JKS, JCEKS and PKCS #7, and revocation lists. It does no I/O, reads no clock and has
// no state: files are read by who calls it.
//
// Four rules hold here:
//
//   - what the file says is what it is: current Java writes PKCS #12 and names it
//     .jks, so that a name proves nothing;
//   - work is bounded before it is done: how often a key derivation iterates is read,
//     and charged to MaxIterations, before any key is derived; nothing is allocated
//     on the word of a length;
//   - a private or secret key is passed over: never decrypted, decoded, kept or quoted.
//     What has to be decrypted to reach certificates is wiped after them;
//   - a failure is data: a certificate that cannot be read is a Broken in the
//     Contents, and what stands beside it is still found.
//
// Three libraries were looked at, and lost. software.sslmate.com/src/go-pkcs12 decrypts
// the private keys, reads stores with one key only, drops the aliases and iterates as
// often as the store says. github.com/pavlo-v-chernykh/keystore-go needs the password
// although the certificates of a JKS are not encrypted, allocates what a length says and
// knows no JCEKS. github.com/smallstep/pkcs7 parses all of a CMS message for the one
// list of it that is of use here.
package keystore
