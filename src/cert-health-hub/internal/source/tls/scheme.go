package tls

import (
	"slices"

	"cert-health/internal/handshake"
)

// scheme is a way in which protocols begin TLS.
type scheme struct {
	name     string
	port     uint16 // 0: there is no usual one
	starttls string // what openssl calls it; empty if TLS begins at once
	// begin begins the connection, and makes the handshake.
	begin func(w *handshake.Wire, serverName string) handshake.Outcome
}

// schemes are all schemes of URLs.
func schemes() []scheme {
	return []scheme{
		{"https", 443, "", at(handshake.ClientHello)},
		{"tls", 0, "", at(handshake.ClientHello)},
		{"smtp", 25, "smtp", at(handshake.ListenLong)},
		{"submission", 587, "smtp", at(handshake.ListenLong)},
		{"smtps", 465, "", at(handshake.ClientHello)},
		{"imap", 143, "imap", imap},
		{"imaps", 993, "", at(handshake.ClientHello)},
		{"pop3", 110, "pop3", pop3},
		{"pop3s", 995, "", at(handshake.ClientHello)},
		{"ftp", 21, "ftp", ftp},
		{"ftps", 990, "", at(handshake.ClientHello)},
		{"ldap", 389, "ldap", ldap},
		{"ldaps", 636, "", at(handshake.ClientHello)},
		{"postgres", 5432, "postgres", at(handshake.AskPostgreSQL)},
		{"postgresql", 5432, "postgres", at(handshake.AskPostgreSQL)},
		{"mysql", 3306, "mysql", at(handshake.ListenLong)},
		{"nats", 4222, "", at(handshake.ListenLong)},
		{"amqps", 5671, "", at(handshake.ClientHello)},
		{"mqtts", 8883, "", at(handshake.ClientHello)},
		{"rediss", 6379, "", at(handshake.ClientHello)},
	}
}

// byPort is how TLS usually begins at a port. At most ports it begins at once.
func byPort(port uint16) scheme {
	known := schemes()
	if i := slices.IndexFunc(known, func(s scheme) bool { return s.port == port }); i >= 0 {
		return known[i]
	}
	return known[0]
}

func at(how handshake.Approach) func(*handshake.Wire, string) handshake.Outcome {
	return func(w *handshake.Wire, serverName string) handshake.Outcome { return w.Begin(how, serverName, 0) }
}
