package client

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// checkRedirect permits one redirect, from a standby node to its active node, if the active node is
// listed. The request carries the token, and a log-in its credential. The HTTP library would send both
// anywhere.
//
// Another port of the same host counts as another host: any process of that machine may listen there.
func (c *Client) checkRedirect(next *http.Request, via []*http.Request) error {
	from, to := via[len(via)-1].URL.Host, next.URL.Host
	switch {
	case via[0].URL.Scheme == "https" && next.URL.Scheme != "https":
		return &Fault{Kind: Unreachable, sentence: "a standby node of Vault redirects to an active node without TLS, " + to + ": set api_addr of the Vault nodes to https://"}
	case len(via) > 1:
		return &Fault{Kind: Unreachable, sentence: "a standby node of Vault redirects to " + from + ", which redirects to " + to + ": set api_addr of each Vault node to its own address"}
	case !c.mayRedirect(via[0].URL, next.URL):
		return &Fault{Kind: Unreachable, sentence: from + " redirects to " + to + ", and the token is not sent there: if that is a node of this Vault, add it to " + c.name(settingRedirects)}
	case next.Method != via[0].Method:
		return rejected("%s redirects to %s: set %s to the latter", from, to, c.name(settingAddress))
	}
	return nil
}

// mayRedirect tells whether a request may go to another address.
func (c *Client) mayRedirect(from, to *url.URL) bool {
	if strings.EqualFold(from.Hostname(), to.Hostname()) && portOf(from) == portOf(to) {
		return true
	}
	for _, host := range c.options.RedirectHosts {
		name, port, err := net.SplitHostPort(host)
		if err != nil {
			name, port = strings.Trim(host, "[]"), portOf(from)
		}
		matches, _ := path.Match(strings.ToLower(name), strings.ToLower(to.Hostname()))
		if (matches || name == to.Hostname()) && port == portOf(to) {
			return true
		}
	}
	return false
}

func portOf(address *url.URL) string {
	switch {
	case address.Port() != "":
		return address.Port()
	case address.Scheme == "https":
		return "443"
	}
	return "80"
}

// CheckRedirectHost fails if an element of Options.RedirectHosts has a fault. The last two parts of a
// name with wildcards have none: vault.* and *.com would match hosts of somebody else.
func CheckRedirectHost(host string) error {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = host, "443"
	}
	if strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
		name = name[1 : len(name)-1]
	}
	parts := strings.Split(name, ".")
	_, bad := path.Match(name, "")
	switch {
	case bad != nil, name == "", strings.ContainsAny(host, "/ @"), err != nil && strings.Contains(name, ":") && net.ParseIP(name) == nil, parts[len(parts)-1] == "":
		return errors.New("it must be a host with or without a port, as in vault-1.example:8200 or *.vault.example")
	case strings.ContainsAny(strings.Join(parts[max(0, len(parts)-2):], "."), wildcards):
		return errors.New("the last two parts of its name must have no wildcards, as in *.vault.example: otherwise it matches hosts of others. Name each host instead")
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
		return errors.New("its port must be a number from 1 to 65535: without a port, it is that of the address")
	}
	return nil
}

// wildcards have a meaning in path.Match.
const wildcards = `*?[\`
