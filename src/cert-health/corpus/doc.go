// Package corpus contains tests only: real programs try handshakes with each other in which one certificate
// is at fault, and explain must find that certificate in what each side says. docs/explain.md has the results.
package corpus
