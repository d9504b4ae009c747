// Package handshake reads the certificates that a server sends in a TLS handshake, at once or after
// the messages that PostgreSQL, MySQL, SMTP or NATS need first. A caller gives a connection and gets
// the protocol and the chain.
//
// The chain is read from the handshake itself. So it is seen too if the server demands a client
// certificate and refuses the connection, if it speaks old versions of TLS only, or if Go refuses to
// read the certificate. Nothing is verified here; the caller judges what the server sent.
//
// The servers belong to others, so the package disturbs them as little as possible: it never sends
// application data, and ends every successful handshake with close_notify. What is read from a
// connection is limited, and every wait ends with the context.
package handshake
