package doomsday

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// types are the names of the types of backends, in lower case, and the types of sources.
func types() map[string]string {
	return map[string]string{
		"vault":  "vault",
		"opsmgr": "opsman", "ops manager": "opsman", "opsman": "opsman", "opsmanager": "opsman",
		"credhub": "credhub", "configserver": "credhub", "config server": "credhub",
		"tls": "tls", "tlsclient": "tls",
	}
}

func (c *converter) source(i int, b backend) tree {
	kind, known := types()[strings.ToLower(b.Type)]
	if !known {
		c.note("backends[%d] is of an unknown type, and left out.", i)
		return nil
	}
	source := tree{"name": c.name(b.Name, b.Type), "type": kind}
	if b.RefreshInterval > 0 {
		source["interval"] = minutes(b.RefreshInterval)
	}
	if kind != "tls" {
		source.set("address", b.Properties.Address)
		source.set("ca_cert", strings.TrimSpace(b.Properties.CACerts))
		if b.Properties.InsecureSkipVerify {
			c.note("%s: the hub verifies the certificate of a store: set ca_cert to its CA in place of insecure_skip_verify.", source["name"])
		}
	}
	switch kind {
	case "vault":
		c.vault(source, b.Properties)
	case "tls":
		c.tls(source, b.Properties)
	default:
		c.client(source, kind, b.Properties.Auth)
	}
	return source
}

// foreign are characters that a name of a source cannot have.
var foreign = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// name makes a name of a backend that the hub takes, and that no other source has.
func (c *converter) name(name, kind string) string {
	if name == "" {
		name = kind
	}
	clean := strings.Trim(foreign.ReplaceAllString(name, "-"), "-._")
	clean = clean[:min(len(clean), 60)]
	if clean == "" || clean == "hub" {
		clean = "source-" + clean
	}
	clean = strings.TrimRight(clean, "-")
	c.names[clean]++
	if n := c.names[clean]; n > 1 {
		c.note("Two backends are called %s: the hub calls one of them %s-%d.", clean, clean, n)
		clean = fmt.Sprintf("%s-%d", clean, n)
	}
	return clean
}

func (c *converter) vault(source tree, p properties) {
	source.set("namespace", p.Namespace)
	base := strings.Trim(p.BasePath, "/")
	switch {
	case p.BasePath == "":
		base = "secret"
	case base == "":
		base = "*"
	}
	source["paths"] = []string{base}
	if p.Auth.RoleID != "" {
		source["auth"] = tree{"approle": tree{"role_id": p.Auth.RoleID, "secret_id": p.Auth.SecretID}}
	} else {
		source["auth"] = tree{"token": p.Auth.Token}
	}
}

// client are the credentials of a store with a UAA.
func (c *converter) client(source tree, kind string, a auth) {
	if strings.EqualFold(a.GrantType, "password") && kind == "opsman" {
		source.set("user", a.Username)
		source.set("password", a.Password)
		return
	}
	source.set("client_id", a.ClientID)
	source.set("client_secret", a.ClientSecret)
	if !strings.EqualFold(a.GrantType, "client_credentials") {
		c.note("%s: the hub logs in to CredHub as a client of its UAA and not as a user: set client_id and client_secret to a client with the scopes credhub.read and credhub.write.", source["name"])
		delete(source, "client_secret")
	}
}

func (c *converter) tls(source tree, p properties) {
	if p.Timeout > 0 {
		source["host_timeout"] = strconv.Itoa(p.Timeout) + "s"
	}
	seen := map[string]bool{}
	hosts := []string{}
	for _, host := range p.Hosts {
		if _, rest, found := strings.Cut(host, "://"); found {
			host = rest
		}
		host = strings.TrimRight(host, "/")
		if !strings.Contains(host, ":") {
			host += ":443"
		}
		if !seen[host] {
			seen[host] = true
			hosts = append(hosts, host)
		}
	}
	source["hosts"] = hosts
	c.note("%s: the hub also checks names and chains of the hosts. A host with a CA of its own needs ca_cert.", source["name"])
}
