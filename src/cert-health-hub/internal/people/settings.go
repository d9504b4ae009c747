package people

import (
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cert-health/internal/secret"
	"cert-health/internal/strict"
)

// Options say how people log in.
type Options struct {
	// None asks for no login: everybody is an operator. It serves loopback addresses only, unless
	// InsecurePublicNone is set too.
	None               bool          `yaml:"none"`
	InsecurePublicNone bool          `yaml:"insecure_public_none"`
	Local              bool          `yaml:"local"` // users of the hub, with a password
	OIDC               OIDC          `yaml:"oidc"`
	SessionTime        time.Duration `yaml:"session_time"`
}

// OIDC is an OpenID provider. The issuer of a UAA is its URL with the path /oauth/token.
type OIDC struct {
	Issuer       string       `yaml:"issuer"`
	ClientID     string       `yaml:"client_id"`
	ClientSecret secret.Value `yaml:"client_secret"`
	CACert       string       `yaml:"ca_cert"` // file in PEM; empty: the CAs of the system
	// GroupsClaim names the claim that lists groups. Empty: "scope" for a UAA, else "groups".
	GroupsClaim string     `yaml:"groups_claim"`
	Roles       GroupRoles `yaml:"roles"`
}

// GroupRoles are the groups that have a role. The group * is everybody whom the provider lets log in.
type GroupRoles struct {
	Operator []string `yaml:"operator"`
	Viewer   []string `yaml:"viewer"`
}

// Default is what a configuration changes: users of the hub, who log in again each day.
func Default() Options { return Options{Local: true, SessionTime: 12 * time.Hour} }

// maxSessionTime bounds how long a person can act whose rights were withdrawn at the provider.
const maxSessionTime = 30 * 24 * time.Hour

// Problems returns all faults of the options, each with its path. It quotes no secret.
func (o *Options) Problems() (problems strict.Problems) {
	switch {
	case o.None && (o.Local || o.OIDC.set()):
		problems.Add("none must be false, because local or oidc is set; set local to false to have no login")
	case !o.None && !o.Local && !o.OIDC.set():
		problems.Add("local must be true, or oidc must have an issuer: no one could log in")
	case o.InsecurePublicNone && !o.None:
		problems.Add("insecure_public_none must be false, because none is false")
	}
	if o.SessionTime < time.Minute || o.SessionTime > maxSessionTime {
		problems.Add("session_time must be between 1m and 30d")
	}
	if o.OIDC.set() {
		problems = append(problems, o.OIDC.problems().Below("oidc")...)
	}
	return problems
}

// CheckListen returns what is wrong with listening on an address without a login.
func (o *Options) CheckListen(address string) (problems strict.Problems) {
	host, _, _ := net.SplitHostPort(address)
	if o.None && !o.InsecurePublicNone && !isLoopback(host) {
		problems.Add("none needs listen.address to be on loopback, such as 127.0.0.1:8443: others could change everything; to allow that set insecure_public_none too")
	}
	return problems
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.Unmap().IsLoopback()
}

func (o *OIDC) set() bool {
	return o.Issuer != "" || o.ClientID != "" || !o.ClientSecret.IsZero() || o.CACert != "" || o.GroupsClaim != "" || len(o.Roles.Operator)+len(o.Roles.Viewer) > 0
}

func (o *OIDC) problems() (problems strict.Problems) {
	issuer, err := url.Parse(o.Issuer)
	switch {
	case err != nil || issuer.Host == "" || issuer.User != nil || issuer.RawQuery != "" || issuer.Fragment != "":
		problems.Add("issuer must be a URL such as https://login.example.com, or https://uaa.example.com/oauth/token for a UAA")
	case issuer.Scheme != "https" && !(issuer.Scheme == "http" && isLoopback(issuer.Hostname())):
		problems.Add("issuer must begin with https://")
	}
	if o.ClientID == "" {
		problems.Add("client_id is missing: the provider knows the hub by it")
	}
	if o.CACert != "" && !filepath.IsAbs(o.CACert) {
		problems.Add("ca_cert must be an absolute path, or PEM")
	}
	if len(o.Roles.Operator)+len(o.Roles.Viewer) == 0 {
		problems.Add("roles is missing: name groups of operators or viewers, or * for everybody")
	}
	if slices.Contains(slices.Concat(o.Roles.Operator, o.Roles.Viewer), "") {
		problems.Add("roles must have no empty group")
	}
	return problems
}

func (o *OIDC) uaa() bool { return strings.HasSuffix(o.Issuer, "/oauth/token") }

func (o *OIDC) groupsClaim() string {
	switch {
	case o.GroupsClaim != "":
		return o.GroupsClaim
	case o.uaa():
		return "scope"
	}
	return "groups"
}

// role is that of a person in groups.
func (r *GroupRoles) role(groups []string) Role {
	has := func(wanted []string) bool {
		return slices.Contains(wanted, "*") || slices.ContainsFunc(wanted, func(g string) bool { return slices.Contains(groups, g) })
	}
	switch {
	case has(r.Operator):
		return Operator
	case has(r.Viewer):
		return Viewer
	}
	return Anyone
}
