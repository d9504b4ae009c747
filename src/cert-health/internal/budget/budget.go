// Package budget bounds the work that content chosen by others can cause. A budget counts
// work and reads no clock, so that the same content has the same result on every machine.
//
// Two promises hold. No job costs more than its budget. And what a job gets below its share
// does not depend on other jobs: a job that needs too much hides nothing of its neighbours.
package budget

// Work is a kind of work that is counted.
type Work int

// The kinds of work.
const (
	Files        Work = iota // files, directories and other entries of directories
	Bytes                    // bytes of files that are searched
	Certificates             // certificates and revocation lists, at each of their places
	Derivations              // iterations of a key derivation, to open key stores
	Keys                     // private keys whose public half is computed
	Clues                    // private keys, and names of certificates and keys
	Faults                   // files and blocks that cannot be read
	Signatures               // signatures that are verified
	Pairs                    // comparisons: of certificates with each other, and of names with name constraints
	Claims                   // signatures that are verified because a process serves a certificate
	works
)

// limit is how much of one kind of work is done in one scan.
type limit struct {
	name  string // in a sentence, in the plural
	left  string // what is not done when a job needs more
	share int    // for each job, whatever the other jobs need
	job   int    // for one job
	pool  int    // for all jobs together, beyond their shares
}

// limits has one row for each kind of work. The limits of a job are such that its content
// costs at most two seconds of CPU and 32 MB of memory. A busy VM of a complete Cloud Foundry
// has 270 files of 50 KB at most and some 800 certificates in all its jobs. A job with a
// distribution's CA bundle in several forms has 1,000 certificates. The share is more than
// that. Two jobs at their limits empty the pool.
var limits = [works]limit{
	// Half a second of CPU and 300 bytes of memory each.
	Files: {"files", "the other files were not read", 10_000, 50_000, 80_000},
	// A second of CPU for text that is made to be slow. What may begin a certificate counts more.
	Bytes: {"bytes to search in its files", "the other files were not read", 24 << 20, 96 << 20, 144 << 20},
	// 3 KB of memory each, with its findings.
	Certificates: {"certificates", "the others were not read", 1_500, 5_000, 7_000},
	// Bouncy Castle iterates 600,000 times for one password, and a store has two derivations.
	Derivations: {"iterations of key derivations", "the other key stores were not opened", 1_500_000, 4_000_000, 5_000_000},
	// A millisecond each with P-521, if the key does not contain its public half.
	Keys: {"private keys", "the others were not compared", 200, 800, 1_200},
	// 100 bytes of memory each.
	Clues: {"private keys and names of certificates", "the other private keys were not compared", 2_000, 20_000, 36_000},
	// A line in the report each.
	Faults: {"faults in its files", "the others are not listed", 50, 200, 300},
	// 200 microseconds each with RSA of 4096 bits, and a millisecond with slow curves.
	Signatures: {"verified signatures", "the other chains were not verified", 1_500, 4_000, 5_000},
	// 100 nanoseconds to a microsecond each.
	Pairs: {"comparisons of certificates", "the others were not compared", 500_000, 2_000_000, 3_000_000},
	// 200 microseconds each, as above. A process has a few certificates, and one signature is verified
	// for each that a file may have replaced. It can send others at each handshake.
	Claims: {"verified signatures for the certificates that its processes serve", "the other served certificates were not compared with newer ones in its files", 200, 800, 1_200},
}

// String names the work in a sentence: "verified signatures".
func (w Work) String() string { return limits[w].name }

// Limit is how much of the work is done for one job in one scan.
func (w Work) Limit() int { return limits[w].job }

// Share is how much of the work is done for each job in one scan, whatever other jobs need.
func (w Work) Share() int { return limits[w].share }

// Costs are amounts of all kinds of work.
type Costs [works]int

// Of returns the amount of one kind of work.
func (c Costs) Of(w Work) int { return c[w] }

// Minus returns the difference.
func (c Costs) Minus(other Costs) Costs {
	for w := range c {
		c[w] -= other[w]
	}
	return c
}
