// Package dercert reads certificates in DER. It is the only place where a certificate is
// parsed: the readers of text and of key stores hand it the DER that they find.
//
// crypto/x509 does the parsing. What it refuses is read by package lenient.
package dercert
