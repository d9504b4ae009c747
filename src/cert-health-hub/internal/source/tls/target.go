package tls

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"cert-health/internal/strict"
)

// target is a host as it was parsed.
type target struct {
	Host
	name    string // a name, or an address as text
	port    uint16
	scheme  *scheme // nil if the host is host:port
	dialect scheme  // how TLS begins there
}

// parse reads a host.
func parse(h Host) (t target, err error) {
	t.Host = h
	t.ServerName = strings.TrimSuffix(strings.ToLower(h.ServerName), ".")
	hostport := h.Host
	if name, rest, isURL := strings.Cut(h.Host, "://"); isURL {
		if t.scheme, err = schemeOf(name); err != nil {
			return t, err
		}
		if hostport, err = authority(h.Host, rest); err != nil {
			return t, err
		}
	}
	if err := t.split(hostport); err != nil {
		return t, err
	}
	t.name = strings.TrimSuffix(strings.ToLower(t.name), ".")
	t.dialect = byPort(t.port)
	if t.scheme != nil {
		t.dialect = *t.scheme
	}
	return t, checkName(t.name)
}

// authority is the host of a URL, with its port if it has one. It does not quote the URL, which may
// have a password.
func authority(text, rest string) (string, error) {
	parsed, err := url.Parse(text)
	switch {
	case err != nil || parsed.Host == "":
		return "", errors.New("it is not a valid URL: write https://example.com or example.com:443")
	case parsed.User != nil:
		return "", errors.New("it has a user name or a password, which are not needed to see a certificate: remove them")
	}
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, "?")
	return host, nil
}

func (t *target) split(hostport string) error {
	name, port, err := net.SplitHostPort(hostport)
	switch {
	case err == nil:
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil || number == 0 {
			return errors.New("its port must be a number from 1 to 65535")
		}
		t.name, t.port = name, uint16(number)
		return nil
	case t.scheme == nil || t.scheme.port == 0:
		return errors.New("it has no port: write example.com:443, or [2001:db8::1]:443 for an IPv6 address")
	}
	t.name, t.port = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]"), t.scheme.port
	return nil
}

// checkName accepts addresses, and names of the characters that host names have.
func checkName(name string) error {
	if _, err := netip.ParseAddr(name); err == nil {
		return nil
	}
	if name == "" || len(name) > 253 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
		return errors.New("it is not a host name or an IP address with a port: write example.com:443")
	}
	return nil
}

func schemeOf(name string) (*scheme, error) {
	known := schemes()
	names := make([]string, len(known))
	for i := range known {
		if names[i] = known[i].name; known[i].name == strings.ToLower(name) {
			return &known[i], nil
		}
	}
	if strings.EqualFold(name, "http") {
		return nil, errors.New("http has no certificate: write https")
	}
	return nil, fmt.Errorf("its scheme is not known%s; the schemes are %s", strict.Hint(name, names), strings.Join(names, ", "))
}

// address is the address that the host names; not ok if it is a name.
func (t *target) address() (netip.Addr, bool) {
	a, err := netip.ParseAddr(t.name)
	return a, err == nil
}

// asked is the name that clients ask for, which the certificate must have.
func (t *target) asked() string {
	if t.ServerName != "" {
		return t.ServerName
	}
	return t.name
}

// path names the host among the items of its source: HOST:PORT, and the server name if it is another.
func (t *target) path() string {
	path := net.JoinHostPort(t.name, strconv.Itoa(int(t.port)))
	if t.ServerName != "" && t.ServerName != t.name {
		path += "/" + t.ServerName
	}
	return path
}

// below is the path of one address of the host, if several are asked.
func (t *target) below(a netip.Addr) string {
	if _, literal := t.address(); literal || t.Addresses == First {
		return t.path()
	}
	return t.path() + "/" + a.String()
}
