// Package discover finds the deployed certificates in the files of a VM.
//
// Every file is accounted for: each regular file that is not excluded is counted, with exactly
// one outcome, and what could not be read is a Problem with the name of its file. One file at
// a time is in memory.
package discover

import (
	"slices"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
	"cert-health/internal/pairing"
)

// Inventory is what one scan found.
type Inventory struct {
	Deployed []cert.Deployed // in the order of their first location
	// Mismatches are certificates that are used with a private key that does not match.
	Mismatches []cert.Mismatch
	Keys       []string // the files that hold private keys, as the VM sees them
	CRLs       []cert.DeployedCRL
	// InstanceIdentities are not among Deployed.
	InstanceIdentities []cert.InstanceIdentities
	Problems           []Problem
	Files              Files
	// Trees are the directories that the jobs' links lead to, in the order of the jobs. A
	// deploy changes them, even if it changes no file.
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
	Job    string // empty outside the jobs' directory
	File   string // as the VM sees it; the path of a directory ends with a slash
	Class  cert.FileClass
	Line   int // 0 for the whole file
	Kind   Kind
	Reason string // what happened, without the file's name
	// Excess is the first limit that a job exceeds, of which Reason names all; nil for other
	// problems. File is the directory of the job: anything in it may be unseen.
	Excess *budget.Excess
	// Package check sets these over several scans: how much is kept that an earlier scan saw
	// there, and whether a certificate may be there unseen.
	Kept       int
	Unverified bool
}

// Kind distinguishes problems that differ in severity and remedy.
type Kind int

// The kinds of problems.
const (
	Block    Kind = iota // a block that announces a certificate and is not one
	Access               // permission denied, an I/O error, a link into nowhere
	Vanished             // it was there a moment ago: a deploy is in progress
	Limit                // a limit was reached: of the configuration, of a key store, or of a job's budget
	Locked               // a key store without a known password
)

// collector gathers certificates by fingerprint.
type collector struct {
	inventory Inventory
	budgets   *budget.Meter
	account   *budget.Account // of what is being scanned
	faults    int             // files and blocks that could not be read, listed or not
	index     map[cert.Fingerprint]int
	files     []pairing.File // files with clues
}

// problem lists a problem, and counts it if there are too many.
func (c *collector) problem(p Problem) {
	c.faults++
	if c.account.Spend(budget.Faults, 1) {
		c.inventory.Problems = append(c.inventory.Problems, p)
	}
}

// excesses adds one problem for each job whose budget was exceeded.
func (c *collector) excesses() {
	at := map[string]int{}
	for _, e := range c.budgets.Exceeded() {
		if n, known := at[e.Job]; known {
			c.inventory.Problems[n].Reason += "; " + e.String()
			continue
		}
		at[e.Job] = len(c.inventory.Problems)
		p := Problem{File: e.Path(), Kind: Limit, Reason: e.String(), Excess: &e}
		if !e.Outside() {
			p.Job = e.Job
		}
		c.inventory.Problems = append(c.inventory.Problems, p)
	}
}

// pairs compares certificates and keys, after all files were scanned.
func (c *collector) pairs() []cert.Mismatch {
	return pairing.Mismatches(c.inventory.Deployed, c.files)
}

// source is a file that is being scanned.
type source struct {
	job   string // empty outside the jobs' directory
	file  string // as the VM sees it
	class cert.FileClass
}

// Compared are the certificates that are compared with a source.
func (i *Inventory) Compared() []cert.Deployed {
	foreign := func(d cert.Deployed) bool { return !d.Compared() }
	if !slices.ContainsFunc(i.Deployed, foreign) {
		return i.Deployed
	}
	return slices.DeleteFunc(slices.Clone(i.Deployed), foreign)
}

// take adds what was found in one file.
func (c *collector) take(from source, result found.Result) {
	job, file := from.job, from.file
	if result.Clues != nil {
		c.files = append(c.files, pairing.File{Job: job, Path: file, Certificates: result.Certificates, Clues: result.Clues})
		if len(result.Clues.Keys) > 0 {
			c.inventory.Keys = append(c.inventory.Keys, file)
		}
	}
	roles, sent := result.Roles(), result.SentWithLeaf()
	for i, f := range result.Certificates {
		location := cert.Location{Job: job, File: file, Line: f.Line, Alias: f.Alias, Form: f.Form, Class: from.class, SentWithLeaf: sent[i]}
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

// book counts the one outcome of a file. faultsBefore is the number of faults before it.
func (c *collector) book(faultsBefore int, result found.Result) {
	files := &c.inventory.Files
	switch {
	case c.faults > faultsBefore:
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
	// A CA that is alone at one of its locations is more than a member of a bundle: the
	// certificates that it signed depend on it there.
	if role == cert.CA {
		deployed.Role = cert.CA
	}
}
