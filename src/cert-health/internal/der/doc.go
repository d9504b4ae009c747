// Package der reads the elements of ASN.1 encodings.
//
// There is one way to read an element's header, and there are two readers on top of it:
//
//   - Elements takes DER and nothing else. It copies and allocates nothing, so that
//     private keys can be read with it: no copy is left behind.
//   - Reader takes BER, too, which Bouncy Castle, NSS and old Windows write into key
//     stores: lengths that are not known beforehand, and strings in pieces. It keeps the
//     first fault, so that a structure is read in one go and checked once.
//
// Both are bounded: nothing is allocated because an encoding announces a length.
package der
