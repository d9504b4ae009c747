// Package tls looks at the certificates that TLS servers send: web sites, mail servers, databases.
//
// A host is written as host:port or as a URL, whose scheme tells how its protocol begins TLS. Every
// address that a name resolves to is asked, and each is an item of its own: behind one name, one of
// several servers may have been forgotten. The whole chain is read as it was sent, also from servers
// that demand a client certificate, speak old versions of TLS only, or send certificates that Go refuses.
//
// The chain and the name are then verified as a client would do it. Dates are left to the judgement of
// all certificates: a chain is verified at a time when its leaf is valid.
//
// A host that does not answer keeps the certificates that it showed last, with a finding. It is never
// counted as well.
package tls
