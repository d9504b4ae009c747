// Package e2e contains the end-to-end tests of the job cert-health: its templates rendered by
// BOSH's own renderer, the real monit, the real program, a real Vault, and bosh-agent's SMTP
// library with a copy of its parsing. All of it runs as on a VM, at the real paths, in
// separate namespaces. The variable CERT_HEALTH_MONIT names another monit than the one in PATH,
// such as the 5.2.5 of stemcells.
package e2e
