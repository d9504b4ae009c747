package inventory

import "cert-health/internal/verdict"

// Code is the kind of a finding. The codes of package verdict keep their meaning.
type Code string

// The codes that the agent does not have. There are no others.
const (
	Unreachable Code = "unreachable"  // a host or a store does not answer
	WrongName   Code = "wrong_name"   // a server's certificate does not have the name that clients ask for
	NotTrusted  Code = "not_trusted"  // a server's chain does not lead to a trusted root
	NotExpected Code = "not_expected" // a server shows another certificate than the configuration expects
)

// Finding is something that is wrong with an item, or with a certificate in it.
type Finding struct {
	Code     Code             `json:"code"`
	Severity verdict.Severity `json:"severity"`
	// Certificate is the one that it is about; empty if it is about the item.
	Certificate ID             `json:"certificate,omitempty"`
	Message     string         `json:"message"` // what is wrong
	Why         string         `json:"why,omitempty"`
	Steps       []verdict.Step `json:"steps,omitempty"`
}
