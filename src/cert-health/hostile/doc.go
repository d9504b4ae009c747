// Package hostile contains the attacks that docs/security.md names, as tests of the built
// programs: files of another job, processes of another job, strangers on the network, and
// state files that somebody changed.
package hostile
