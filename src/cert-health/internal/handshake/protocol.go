package handshake

// Protocol is how a server came to send its certificates, or why it does not.
type Protocol string

// The protocols that the package speaks itself. A caller that has a dialogue of its own before the
// handshake names its own protocol; see Wire.Shake.
const (
	TLS        Protocol = "tls"
	PostgreSQL Protocol = "postgres" // TLS after an SSLRequest
	MySQL      Protocol = "mysql"    // TLS after another kind of SSLRequest
	SMTP       Protocol = "smtp"     // TLS after STARTTLS
	NATS       Protocol = "nats"     // TLS after the server's INFO
	Plain      Protocol = "plain"    // answers without TLS
	Unknown    Protocol = "unknown"  // no complete answer
)

// Encrypted tells whether a server with this protocol has certificates.
func (p Protocol) Encrypted() bool {
	switch p {
	case TLS, PostgreSQL, MySQL, SMTP, NATS:
		return true
	}
	return false
}

// Approach is a way to begin a connection.
type Approach int

// The ways to begin.
const (
	None          Approach = iota
	ListenShort            // wait a short time for the server to speak first, then send a ClientHello
	ListenLong             // the server speaks first: wait for it
	ClientHello            // send a ClientHello
	AskPostgreSQL          // send PostgreSQL's SSLRequest
)

// Approach returns how to begin with a known protocol.
func (p Protocol) Approach() Approach {
	switch p {
	case TLS:
		return ClientHello
	case PostgreSQL:
		return AskPostgreSQL
	case MySQL, SMTP, NATS:
		return ListenLong
	}
	return None
}
