// Package fleet has the specs that run three VMs with the real agent under the real monit, and a hub
// with PostgreSQL, Vault and a Director's stand-in. The VMs are namespaces of this machine.
package fleet
