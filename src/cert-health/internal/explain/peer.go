package explain

import (
	"net"
	"strings"
)

// Peer is the other side of a handshake, as a line names it.
type Peer struct {
	Host string `json:"host,omitempty"`
	Port string `json:"port,omitempty"`
}

// String is host:port.
func (p Peer) String() string {
	if p.Host == "" || p.Port == "" {
		return p.Host
	}
	return net.JoinHostPort(p.Host, p.Port)
}

// parsePeer reads an address, with or without a port, or a URL. Passwords in a URL are dropped.
func parsePeer(text string) Peer {
	scheme, rest, isURL := strings.Cut(text, "://")
	if !isURL {
		rest = text
	}
	rest, _, _ = strings.Cut(rest, "/")
	rest, _, _ = strings.Cut(rest, "?")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	host, port, err := net.SplitHostPort(rest)
	if err != nil {
		host, port = strings.Trim(rest, "[]"), ""
	}
	if port == "" && (scheme == "https" && isURL || scheme == "wss") {
		port = "443"
	}
	if !plausible(host) || strings.Trim(port, "0123456789") != "" {
		return Peer{}
	}
	return Peer{strings.TrimSuffix(strings.ToLower(host), "."), port}
}

// plausible tells whether a text can be a host's name or address.
func plausible(host string) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	for i := range len(host) {
		if b := host[i]; !(b == '.' || b == '-' || b == '_' || b == ':' || b == '%' || isDigit(b) || 'a' <= b|0x20 && b|0x20 <= 'z') {
			return false
		}
	}
	return true
}

// nearest is the URL that stands nearest before the words at a position, or else behind them.
func nearest(line string, at int) Peer {
	for _, scheme := range []string{"https://", "wss://", "ssl://", "tls://", "nats://"} {
		if i := strings.LastIndex(line[:at], scheme); i >= 0 {
			return parsePeer(untilEnd(line[i:]))
		}
	}
	for _, scheme := range []string{"https://", "wss://", "ssl://"} {
		if i := strings.Index(line[at:], scheme); i >= 0 {
			return parsePeer(untilEnd(line[at+i:]))
		}
	}
	return Peer{}
}

// untilEnd is the address with which text begins.
func untilEnd(text string) string {
	if i := strings.IndexAny(text, " \"'`<>(){}|,;\t"); i >= 0 {
		text = text[:i]
	}
	return strings.TrimRight(text, ".:")
}
