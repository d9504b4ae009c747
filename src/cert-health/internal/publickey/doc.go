// Package publickey computes the public half of a private key.
//
// It exists for one comparison: a certificate and a private key that are used together must
// belong together. The comparison needs the public half of the key, which is public in the
// certificate too. The package returns only the SHA-256 of the public half.
//
// crypto/x509 would do the same, but it leaves copies of the private key in memory that
// cannot be wiped. Here a key is decoded in one place, a Workspace, and nowhere else. It is
// never copied, kept, quoted in an error or logged.
//
// PKCS #8, PKCS #1 and SEC 1 are read. Keys with a password are not.
package publickey
