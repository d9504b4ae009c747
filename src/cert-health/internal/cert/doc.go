// Package cert holds the nouns of cert-health: a certificate, where it is deployed, what
// a source knows about it and what a process serves. It parses nothing, does no I/O and
// reads no clock. Every other package may import it.
//
// The packages below extract make these values from bytes.
package cert
