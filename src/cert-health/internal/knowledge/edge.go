package knowledge

import (
	"slices"
	"strings"

	"cert-health/internal/strict"
)

// Edge is a connection with TLS: the jobs that open it, the jobs that accept it, and the certificates of both.
type Edge struct {
	Name   string     `yaml:"name" json:"name"`
	Client EdgeClient `yaml:"client" json:"client"`
	Server EdgeServer `yaml:"server" json:"server"`
	// Carries is what goes over the connection, in a few words.
	Carries string `yaml:"carries" json:"carries,omitempty"`
	// Breaks is what users see when the connection cannot be made: a sentence.
	Breaks string `yaml:"breaks" json:"breaks,omitempty"`
	// Survives is what goes on until a process restarts or connects again: a sentence.
	Survives string `yaml:"survives" json:"survives,omitempty"`
	// Across is true if clients of one deployment talk to servers of all deployments.
	Across bool `yaml:"across" json:"across,omitempty"`
	// Local is true if a client talks to the server of its own instance only.
	Local bool `yaml:"local" json:"local,omitempty"`

	// Learned says how the edge was found, in a sentence. It is empty for an edge of a file.
	Learned string `yaml:"-" json:"learned,omitempty"`
	File    string `yaml:"-" json:"-"` // that has the edge
}

// EdgeClient is the side that opens the connection.
type EdgeClient struct {
	Jobs             strict.Strings `yaml:"jobs" json:"jobs"`
	Stack            Stack          `yaml:"stack" json:"stack,omitempty"`
	Certificate      strict.Strings `yaml:"certificate" json:"certificate,omitempty"`             // globs of files, relative to the job's directory
	CertificateNames strict.Strings `yaml:"certificate_names" json:"certificate_names,omitempty"` // globs of names, for a file with several certificates
	Trusts           strict.Strings `yaml:"trusts" json:"trusts,omitempty"`
	TrustsNames      strict.Strings `yaml:"trusts_names" json:"trusts_names,omitempty"`
}

// EdgeServer is the side that accepts the connection.
type EdgeServer struct {
	Jobs  strict.Strings `yaml:"jobs" json:"jobs,omitempty"`
	Port  uint16         `yaml:"port" json:"port,omitempty"` // 0 if it is not known
	Stack Stack          `yaml:"stack" json:"stack,omitempty"`
	// Names are the names for which clients ask. A certificate must have one of them. A name with * is a
	// glob: the name differs from platform to platform.
	Names strict.Strings `yaml:"names" json:"names,omitempty"`
	// AnyName is true if clients do not compare names.
	AnyName          bool           `yaml:"any_name" json:"any_name,omitempty"`
	Certificate      strict.Strings `yaml:"certificate" json:"certificate,omitempty"`
	CertificateNames strict.Strings `yaml:"certificate_names" json:"certificate_names,omitempty"`
	Trusts           strict.Strings `yaml:"trusts" json:"trusts,omitempty"` // the CAs of clients
	TrustsNames      strict.Strings `yaml:"trusts_names" json:"trusts_names,omitempty"`
	// ClientCertificate says whether clients need a certificate.
	ClientCertificate Need `yaml:"client_certificate" json:"client_certificate"`
}

// Stack is the library that makes a handshake. Libraries differ in whom they trust.
type Stack string

// The stacks. An empty one is not known: then all must agree.
const (
	Go      Stack = "go"
	OpenSSL Stack = "openssl"
	Java    Stack = "java"
)

func stacks() []string { return []string{string(Go), string(OpenSSL), string(Java)} }

// Need says whether a server wants a certificate of its clients.
type Need string

// The needs. There are no others.
const (
	Required Need = "required"
	Optional Need = "optional" // refused only if it is bad
	NoNeed   Need = "none"
)

func needs() []string { return []string{string(Required), string(Optional), string(NoNeed)} }

// Mutual tells whether the server verifies certificates of clients.
func (e *Edge) Mutual() bool { return e.Server.ClientCertificate != NoNeed }

// jobsDir is where the files of jobs are on a VM.
const jobsDir = "/var/vcap/jobs/"

// FileOf is the path of a file relative to the directory of its job; whole if it is not below it. Edges
// have globs of such paths.
func FileOf(job, file string) string {
	if within, ok := strings.CutPrefix(file, jobsDir+job+"/"); ok && job != "" {
		return within
	}
	return file
}

// MatchesFile tells whether one of the globs matches a file of a job.
func MatchesFile(globs strict.Strings, job, file string) bool {
	within := FileOf(job, file)
	return slices.ContainsFunc(globs, func(glob string) bool { return strict.Match(glob, within) })
}
