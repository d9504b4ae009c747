// Package inventory holds the nouns of the hub: a source, what it holds, the certificates in it and
// what is wrong with them. It does no I/O and reads no clock. Every other package of the hub may
// import it.
//
// Only public data has a place in these types. A source drops private keys while it reads.
package inventory
