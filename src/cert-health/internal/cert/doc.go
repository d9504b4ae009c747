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
//   - a private key is passed over. Its body is never decoded, kept or quoted.
package cert
