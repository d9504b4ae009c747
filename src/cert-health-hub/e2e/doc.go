// Package e2e has the specs that run the hub and the operator's commands as programs, with real TLS
// hosts between them.
package e2e
