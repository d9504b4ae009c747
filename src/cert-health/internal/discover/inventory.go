// Package discover turns a VM's job tree into the certificates deployed on it.
//
// It promises that nothing vanishes without a trace: every regular file that is
// not excluded is counted, with exactly one outcome, and whatever could not be
// read is a Problem with its file's name. It holds one file in memory at a time.
package discover

import (
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
	"cert-health/internal/pairing"
)

// Inventory is what one scan found.
type Inventory struct {
	Deployed []cert.Deployed // in the order of their first location
	// Mismatches are certificates that are used with a private key which is not theirs.
	Mismatches []cert.Mismatch
	CRLs       []cert.DeployedCRL
	// Identities are short-lived certificates, which are not among the Deployed.
	Identities []cert.InstanceIdentities
	Problems   []Problem
	Files      Files
	// Trees are the folders that the jobs' links lead to, in the order of the
	// jobs: a deploy changes them, whether it changes a file or not.
	Trees []string
}

// Files counts candidate files by outcome: each file has exactly one.
type Files struct {
	With       int // files with certificates
	Without    int // empty, binary, or text without any
	Unreadable int // files of which something, or all, could not be read
}

// Total is the number of candidate files.
func (f Files) Total() int { return f.With + f.Without + f.Unreadable }

// Problem is something that could not be read.
type Problem struct {
	Job    string // empty outside the jobs' folder
	File   string // as the VM sees it; a folder's path ends with a slash
	Class  cert.FileClass
	Line   int // 0 when it concerns the whole file
	Kind   Kind
	Reason string // what happened, without the file's name
}

// Kind tells problems apart that differ in weight and remedy.
type Kind int

// The kinds of problems.
const (
	Block    Kind = iota // a block that announces a certificate and is none
	Access               // permission denied, an I/O error, a link into nowhere
	Vanished             // it was there a moment ago: a deploy is under way
	Limit                // a limit of the configuration was reached
	Locked               // a key store of which no password is known
)

// collector gathers certificates by fingerprint.
type collector struct {
	inventory Inventory
	index     map[cert.Fingerprint]int
	files     []pairing.File // those that say anything of keys, or of other files
}

func (c *collector) problem(p Problem) { c.inventory.Problems = append(c.inventory.Problems, p) }

// pairs compares certificates and keys, when all files are there.
func (c *collector) pairs() []cert.Mismatch {
	return pairing.Mismatches(c.inventory.Deployed, c.files)
}

// source is a file that is scanned.
type source struct {
	job   string // empty outside the jobs' folder
	file  string // as the VM sees it
	class cert.FileClass
}

// Compared are the certificates that a store may know of.
func (i *Inventory) Compared() []cert.Deployed {
	foreign := func(d cert.Deployed) bool { return !d.Compared() }
	if !slices.ContainsFunc(i.Deployed, foreign) {
		return i.Deployed
	}
	return slices.DeleteFunc(slices.Clone(i.Deployed), foreign)
}

// take adds what a parser found in one file.
func (c *collector) take(from source, result found.Result) {
	job, file := from.job, from.file
	if result.Clues != nil {
		c.files = append(c.files, pairing.File{Job: job, Path: file, Certificates: result.Certificates, Clues: result.Clues})
	}
	roles, shown := result.Roles(), result.SentWithLeaf()
	for i, f := range result.Certificates {
		location := cert.Location{Job: job, File: file, Line: f.Line, Alias: f.Alias, Form: f.Form, Class: from.class, SentWithLeaf: shown[i]}
		if from.class == cert.TrustFile && roles[i] == cert.CA {
			roles[i] = cert.Trust
		}
		c.add(f.Certificate, roles[i], location)
	}
	for _, list := range result.CRLs {
		c.inventory.CRLs = append(c.inventory.CRLs, cert.DeployedCRL{CRL: list, Job: job, File: file})
	}
	for _, broken := range result.Broken {
		c.problem(Problem{Job: job, File: file, Class: from.class, Line: broken.Line, Kind: Block, Reason: broken.Reason})
	}
	if result.Omitted > 0 {
		c.problem(Problem{Job: job, File: file, Class: from.class, Kind: Block, Reason: omitted(result.Omitted)})
	}
}

// book gives a file its one outcome, given how many problems there were before it.
func (c *collector) book(problemsBefore int, result found.Result) {
	files := &c.inventory.Files
	switch {
	case len(c.inventory.Problems) > problemsBefore:
		files.Unreadable++
	case len(result.Certificates) > 0:
		files.With++
	default:
		files.Without++
	}
}

func (c *collector) add(certificate *cert.Certificate, role cert.Role, location cert.Location) {
	if c.index == nil {
		c.index = map[cert.Fingerprint]int{}
	}
	at, seen := c.index[certificate.Fingerprint]
	if !seen {
		at = len(c.inventory.Deployed)
		c.index[certificate.Fingerprint] = at
		c.inventory.Deployed = append(c.inventory.Deployed, cert.Deployed{Certificate: certificate, Role: role})
	}
	deployed := &c.inventory.Deployed[at]
	deployed.Locations = append(deployed.Locations, location)
	// A CA that stands alone anywhere is more than a bundle's member: what
	// it signed depends on it there.
	if role == cert.CA {
		deployed.Role = cert.CA
	}
}
