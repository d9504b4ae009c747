package dercert_test

import (
	"crypto/elliptic"
	"reflect"
	"slices"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
)

// Positions in the signed part of a certificate.
const (
	atVersion = iota
	atSerial
	atAlgorithm
	atIssuer
	atValidity
	atSubject
	atKey
)

// Object identifiers, encoded.
const (
	oidSubjectKeyID   = "\x55\x1d\x0e"
	oidKeyUsage       = "\x55\x1d\x0f"
	oidAltNames       = "\x55\x1d\x11"
	oidConstraints    = "\x55\x1d\x13"
	oidNames          = "\x55\x1d\x1e"
	oidDistribution   = "\x55\x1d\x1f"
	oidAuthorityKeyID = "\x55\x1d\x23"
	oidExtKeyUsage    = "\x55\x1d\x25"
	oidAccess         = "\x2b\x06\x01\x05\x05\x07\x01\x01"
)

const (
	onlyGo  = "Go programs"
	openSSL = "Go programs and OpenSSL"
	java    = "Go and Java programs"
	allOf   = "Go and Java programs and OpenSSL"
)

// twins issues a certificate twice: as crypto/x509 would write it, and with a patch.
func twins(spec scenario.Spec, patch func(*scenario.Node)) (regular, irregular *scenario.Pair) {
	spec.NotBefore = time.Now().Add(-time.Hour).Truncate(time.Second)
	regular = scenario.Issue(spec)
	spec.SameKey, spec.Patch = regular, patch
	return regular, scenario.Issue(spec)
}

// node makes an element.
func node(tag byte, contents ...byte) *scenario.Node {
	return &scenario.Node{Tag: tag, Contents: contents}
}

func sequence(children ...*scenario.Node) *scenario.Node {
	return &scenario.Node{Tag: 0x30, Children: children}
}

func text(tag byte, s string) *scenario.Node { return node(tag, []byte(s)...) }

// setName sets the common name of the subject.
func setName(tag byte, contents string) func(*scenario.Node) {
	return func(tbs *scenario.Node) { tbs.At(atSubject, 0, 0, 1).Set(tag, []byte(contents)...) }
}

// inside changes what an extension's value, or a bit string, holds.
func inside(n *scenario.Node, change func(*scenario.Node)) {
	unused := 0
	if n.Tag == 0x03 {
		unused = 1
	}
	value := scenario.Nodes(n.Contents[unused:])[0]
	change(value)
	n.Contents = append(slices.Clone(n.Contents[:unused]), value.DER()...)
}

// changeExtension changes the value of an extension.
func changeExtension(oid string, change func(*scenario.Node)) func(*scenario.Node) {
	return func(tbs *scenario.Node) {
		extension := tbs.Extension(oid)
		inside(extension.At(len(extension.Children)-1), change)
	}
}

func addExtension(children ...*scenario.Node) func(*scenario.Node) {
	return func(tbs *scenario.Node) {
		list := tbs.At(len(tbs.Children)-1, 0)
		list.Children = append(list.Children, sequence(children...))
	}
}

// critical marks an extension as critical, with this value for true.
func critical(oid string, truth byte) func(*scenario.Node) {
	return func(tbs *scenario.Node) {
		extension := tbs.Extension(oid)
		value := extension.At(len(extension.Children) - 1)
		extension.Children = []*scenario.Node{extension.At(0), node(0x01, truth), value}
	}
}

func addName(tag byte, contents string) func(*scenario.Node) {
	return changeExtension(oidAltNames, func(names *scenario.Node) { names.Children = append(names.Children, text(tag, contents)) })
}

// setCurve sets the parameters of an EC key.
func setCurve(oid string) func(*scenario.Node) {
	return func(tbs *scenario.Node) { tbs.At(atKey, 0, 1).Set(0x06, []byte(oid)...) }
}

// explicitP256 are the numbers of P-256, with this base point.
func explicitP256(x byte) func(*scenario.Node) {
	return func(tbs *scenario.Node) {
		p := elliptic.P256().Params()
		number := func(b []byte) *scenario.Node { return node(0x02, append([]byte{0}, b...)...) }
		a := p.P.Bytes()
		a[len(a)-1] -= 3
		base := slices.Concat([]byte{4}, p.Gx.FillBytes(make([]byte, 32)), p.Gy.FillBytes(make([]byte, 32)))
		base[32] ^= x
		tbs.At(atKey, 0).Children[1] = sequence(node(0x02, 1), sequence(text(0x06, "\x2a\x86\x48\xce\x3d\x01\x01"), number(p.P.Bytes())),
			sequence(node(0x04, a...), node(0x04, p.B.FillBytes(make([]byte, 32))...)), node(0x04, base...), number(p.N.Bytes()), node(0x02, 1))
	}
}

// changePoint changes the point of an EC key.
func changePoint(change func(point []byte) []byte) func(*scenario.Node) {
	return func(tbs *scenario.Node) {
		bits := tbs.At(atKey, 1)
		bits.Contents = append([]byte{0}, change(slices.Clone(bits.Contents[1:]))...)
	}
}

func compressed(point []byte) []byte {
	return append([]byte{2 + point[64]&1}, point[1:33]...)
}

// visible are the exported fields of a certificate that two generations of it share.
func visible(c *cert.Certificate) map[string]any {
	fields := map[string]any{}
	for field, value := range reflect.ValueOf(*c).Fields() {
		if field.IsExported() && field.Name != "Fingerprint" && field.Name != "Refused" {
			fields[field.Name] = value.Interface()
		}
	}
	return fields
}

func noKey(c *cert.Certificate) { c.PublicKey = cert.KeyDigest{} }
