// Package explain turns lines of logs into certificates. A Reader finds the lines that are about TLS or
// certificates, in logs of any size and any form, and counts them in groups: which words, who wrote them, who the
// peer is. Explain compares the groups with a survey, and says which certificate is at fault, where it is, what
// the store holds and what to do. Nothing here opens a file or reads a clock.
package explain
