package corpus_test

import (
	"crypto/tls"
	"sync"
	"time"

	"cert-health/internal/scenario"
)

// side is a party of a handshake.
type side string

const (
	server side = "server"
	client side = "client"
)

// trouble is what is wrong with what a side shows.
type trouble string

const (
	nothing    trouble = "healthy"
	expired    trouble = "expired leaf"
	expiredCA  trouble = "expired CA"
	early      trouble = "not yet valid"
	unknownCA  trouble = "unknown CA"
	wrongName  trouble = "wrong name"
	missing    trouble = "missing client certificate"
	wrongUsage trouble = "wrong EKU"
	wrongKey   trouble = "wrong key"
	revoked    trouble = "revoked"
	// noVersion is a failure in which no certificate is at fault: the sides speak no common version of TLS.
	noVersion trouble = "no common version"
)

// fault is a trouble and the side whose certificate has it.
type fault struct {
	trouble trouble
	of      side
}

func (f fault) String() string {
	switch f.trouble {
	case nothing, noVersion, wrongName, missing:
		return string(f.trouble)
	}
	return string(f.trouble) + " of the " + string(f.of)
}

// faults are all faults, and health.
func faults() []fault {
	all := []fault{{nothing, server}, {noVersion, server}, {wrongName, server}, {missing, client}}
	for _, t := range []trouble{expired, expiredCA, early, unknownCA, wrongUsage, wrongKey, revoked} {
		all = append(all, fault{t, server}, fault{t, client})
	}
	return all
}

// versions are the versions of TLS.
func versions() []uint16 { return []uint16{tls.VersionTLS12, tls.VersionTLS13} }

// Names and addresses. The kernel takes 127.0.0.1 as the client's.
const (
	serverName    = "ledger.service.internal"
	serverAddress = "127.0.1.1"
	clientAddress = "127.0.0.1"
)

// material is what the two sides of one fault show and trust.
type material struct {
	serverCA, clientCA *scenario.Pair // they sign, and each is what the other side trusts
	server, client     *scenario.Pair // client is nil if it shows none
	keys               map[side]*scenario.Pair
	revoked            map[side]string // the list of the CA of that side, as PEM
	foreign            *scenario.Pair  // a CA that no side trusts, or nil
	culprit            *scenario.Pair
}

// expiry and its like are the odd moments at which something ended or begins.
func expiry() time.Time { return time.Now().Add(-3*time.Hour - 17*time.Minute).Truncate(time.Second) }

func begin() time.Time { return time.Now().Add(5*time.Hour + 11*time.Minute).Truncate(time.Second) }

// newMaterial makes the certificates of a fault.
func newMaterial(f fault) *material {
	m := &material{keys: map[side]*scenario.Pair{}, revoked: map[side]string{}}
	m.serverCA, m.clientCA = authority(f, server), authority(f, client)
	specs := map[side]*scenario.Spec{
		server: {CommonName: serverName, SANs: []string{serverName, serverAddress}, Issuer: m.serverCA, Server: true},
		client: {CommonName: "teller.service.internal", Issuer: m.clientCA, Client: true},
	}
	m.spoil(f, specs[f.of])
	leaves := map[side]*scenario.Pair{server: scenario.Issue(*specs[server]), client: scenario.Issue(*specs[client])}
	m.server, m.client, m.keys[server], m.keys[client] = leaves[server], leaves[client], leaves[server], leaves[client]
	m.culprit = leaves[f.of]
	switch f.trouble {
	case nothing, noVersion:
		m.culprit = nil
	case missing:
		m.client, m.culprit = nil, nil
	case expiredCA:
		m.culprit = specs[f.of].Issuer
	case wrongKey:
		m.keys[f.of] = scenario.Issue(scenario.Spec{CommonName: "another"})
	case revoked:
		m.revoked[f.of] = specs[f.of].Issuer.Revoking(leaves[f.of])["crl"].(string)
	}
	return m
}

// materials are those of all faults. All programs share them.
var materials = sync.OnceValue(func() map[fault]*material {
	all := map[fault]*material{}
	for _, f := range faults() {
		all[f] = newMaterial(f)
	}
	return all
})

// authority is the CA of a side.
func authority(f fault, of side) *scenario.Pair {
	spec := scenario.Spec{CommonName: "ledger_ca", CA: true, NotBefore: time.Now().AddDate(0, -2, 0), NotAfter: time.Now().AddDate(3, 0, 0)}
	if of == client {
		spec.CommonName = "teller_ca"
	}
	if f.trouble == expiredCA && f.of == of {
		spec.NotAfter = expiry()
	}
	return scenario.Issue(spec)
}

// spoil gives a leaf its fault.
func (m *material) spoil(f fault, leaf *scenario.Spec) {
	switch f.trouble {
	case expired:
		leaf.NotBefore, leaf.NotAfter = time.Now().AddDate(-1, 0, 0), expiry()
	case early:
		leaf.NotBefore = begin()
	case unknownCA:
		m.foreign = scenario.Issue(scenario.Spec{CommonName: "forgotten_ca", CA: true})
		leaf.Issuer = m.foreign
	case wrongName:
		leaf.CommonName, leaf.SANs = "archive.service.internal", []string{"archive.service.internal"}
	case wrongUsage:
		leaf.Server, leaf.Client = leaf.Client, leaf.Server
		if leaf.SANs == nil {
			leaf.SANs = []string{leaf.CommonName}
		}
	}
}
