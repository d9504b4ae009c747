package cert

// Role is the purpose of a certificate at its location.
type Role string

// The roles. There are no others.
const (
	Leaf  Role = "leaf"  // identifies a server or a client
	CA    Role = "ca"    // a CA certificate on its own or in a leaf's chain
	Trust Role = "trust" // a member of a bundle of CAs
)
