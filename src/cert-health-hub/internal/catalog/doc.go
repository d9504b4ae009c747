// Package catalog is the read model of the hub: all certificates that the sources have shown, judged
// at one moment, and the queries that select from them. A View never changes, so any number of
// requests may read one. The package does no I/O and reads no clock.
package catalog
