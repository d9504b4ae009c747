// Package fleet compares all instances: for each certificate of each deployment, which versions are in
// the store, in the files and in the processes, on how many instances, who lags, and who must act.
//
// It is pure: reports, heartbeats, the Director's list and the stores go in with a moment, and an
// immutable View comes out. It does no I/O and reads no clock. An instance that does not report is never
// counted as current: it is not seen, and stands beside the counts.
package fleet
