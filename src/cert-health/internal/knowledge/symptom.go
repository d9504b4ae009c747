package knowledge

import (
	"time"
)

// Symptom is how a program words one fault, or what people see because of a certificate. It has either a fault
// or causes.
type Symptom struct {
	ID    string `yaml:"id"`
	Texts []Text `yaml:"texts"` // each is enough
	// Said, Whose and Fault belong to the words of a TLS stack: which side writes them, and whose certificate is
	// at fault. A context of the line can tell the side where the words do not.
	Said  Side  `yaml:"said"`
	Whose Whose `yaml:"whose"`
	Fault Fault `yaml:"fault"`
	// Note is a sentence about these words that people should know.
	Note string `yaml:"note"`
	// Means and Causes belong to what people see: what has happened, in a sentence, and the certificates that
	// can cause it, the likeliest first.
	Means  string  `yaml:"means"`
	Causes []Cause `yaml:"causes"`
	// Look is where the real words stand: a sentence.
	Look     string    `yaml:"look"`
	Examples []Example `yaml:"examples"`

	Writer string `yaml:"-"` // of its file
	File   string `yaml:"-"`
}

// Seen tells whether the symptom is what people see, and not the words of a TLS stack.
func (s *Symptom) Seen() bool { return s.Fault == "" }

// Cause is a certificate that can cause what people see.
type Cause struct {
	Certificate string `yaml:"certificate"` // the name of a known certificate
	As          Side   `yaml:"as"`          // in which of its roles; empty for both
	Because     string `yaml:"because"`     // who needs it for what
}

// Example is a real line with what it must lead to. Keys that are left out are not compared.
type Example struct {
	Line  string `yaml:"line"`
	File  string `yaml:"file"` // the log that has the line
	Said  Side   `yaml:"said"`
	Whose Whose  `yaml:"whose"`
	Job   string `yaml:"job"`
	Peer  string `yaml:"peer"` // host, or host:port
	Name  string `yaml:"name"`
	End   Time   `yaml:"end"`
}

// Context is what surrounds the words of a TLS stack in a line: it tells which side wrote them, and who the
// peer is.
type Context struct {
	Texts    []Text    `yaml:"texts"`
	Said     Side      `yaml:"said"`
	Examples []Example `yaml:"examples"`
}

// Certificate is a certificate that a platform is known to have.
type Certificate struct {
	Name   string   `yaml:"name"`   // of its variable
	At     []string `yaml:"at"`     // JOB/PATH, the path is the end of the file's name; or an absolute path outside the jobs
	Groups []string `yaml:"groups"` // the instance groups that have it
	Server string   `yaml:"server"` // the job that shows it as a server
	Ports  []int64  `yaml:"ports"`  // on which the server listens
	Client []string `yaml:"client"` // the jobs that show it as clients
	CA     string   `yaml:"ca"`     // the variable of the CA that signs it
}

// Time is a moment in RFC 3339.
type Time struct{ time.Time }

// UnmarshalText reads a moment.
func (t *Time) UnmarshalText(text []byte) error {
	parsed, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return errNotTime
	}
	t.Time = parsed
	return nil
}
