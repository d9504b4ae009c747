// Package cert holds the nouns of cert-health and the parsers that find
// certificates in bytes. It does no I/O, reads no clock and imports nothing of
// ours, so everything else may import it.
//
// Three rules hold for every parser here:
//
//   - a failure is data: a block that cannot be read becomes a Broken in the
//     Result, and its neighbours are still found;
//   - the work is linear in the input, and what is allocated is bounded by a
//     multiple of it, whatever the input holds;
//   - a private key is looked at by a Parser that is asked to, and by no other, and only
//     to compute its public half. It is decoded in one place, which is wiped before the
//     parser goes on, and nothing else of it is kept, quoted or logged.
package cert
