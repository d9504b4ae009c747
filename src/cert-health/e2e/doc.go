// Package e2e holds the end-to-end tests of the release's agent job: its files as
// BOSH's own renderer renders them, the real monit, the real program, a real Vault,
// and bosh-agent's own SMTP server library in front of a restatement of its parsing.
// All of it runs as on a VM, at the real paths, in namespaces of its own.
package e2e
