package cert

import (
	"strconv"
	"strings"
	"time"
)

// Location is one place of a certificate.
type Location struct {
	Job   string // empty outside the jobs' directory
	File  string // as the VM sees it: absolute, without the scan's root
	Line  int    // of the BEGIN line, from 1; 0 in binary forms
	Alias string // an entry of a key store, or a key of bosh-agent's settings
	Form  Form
	Class FileClass
	// SentWithLeaf is true for a CA that follows a leaf in the same value: a server or client
	// sends it together with the leaf. That does not mean that anybody trusts it.
	SentWithLeaf bool
	// LastSeen is when a scan last found the certificate here, if the last scan could not see
	// whether it is still here; otherwise zero.
	LastSeen time.Time
}

// Place is the location in words: the job and the path within it, or the whole path
// outside the jobs, with the line or the alias.
func (l Location) Place() string {
	place := PlaceOf(l.Job, l.File, l.Line)
	if l.Alias != "" {
		place += " [" + l.Alias + "]"
	}
	return place
}

// PlaceOf is Place for a line that may hold something else than a certificate.
func PlaceOf(job, file string, line int) string {
	place := file
	if job != "" {
		within, below := strings.CutPrefix(file+"/", "/var/vcap/jobs/"+job+"/")
		if !below {
			within = file // a job may have files elsewhere
		}
		place = strings.TrimSpace(job + " " + strings.TrimSuffix(within, "/"))
	}
	if line > 0 {
		place += ":" + strconv.Itoa(line)
	}
	return place
}
