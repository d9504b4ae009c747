// Package keystore reads certificates in binary files: PKCS #12, JKS, JCEKS and PKCS #7, and
// revocation lists. It does no I/O, reads no clock and has no state: the caller reads the
// file.
//
// Four rules hold here:
//
//   - the contents of a file decide what it is: current Java writes PKCS #12 and names it
//     .jks, so that a name proves nothing;
//   - work is bounded before it is done: the number of iterations of a key derivation is
//     read, and charged to MaxIterations, before any key is derived; nothing is allocated
//     because a file announces a length;
//   - a private or secret key is skipped: it is never decrypted, decoded, kept or quoted.
//     What has to be decrypted to reach certificates is wiped afterwards;
//   - a failure is data: a certificate that cannot be read is a Broken in the Contents, and
//     its neighbours are still found.
//
// Three libraries were considered and rejected. software.sslmate.com/src/go-pkcs12 decrypts
// the private keys, reads stores with one key only, drops the aliases and iterates as often
// as the store says. github.com/pavlo-v-chernykh/keystore-go needs the password although the
// certificates of a JKS are not encrypted, allocates what a length announces and does not
// know JCEKS. github.com/smallstep/pkcs7 parses all of a CMS message, of which one list is
// of use here.
package keystore
