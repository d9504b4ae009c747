package keystore

import (
	"bytes"
	"encoding/binary"

	"cert-health/internal/cert"
	"cert-health/internal/der"
)

// Kind is what a file is, by its content.
type Kind string

// The kinds. The function kinds has a row for each of them. None is everything else,
// certificates included.
const (
	None    Kind = ""
	PKCS12  Kind = "pkcs12"
	JKS     Kind = "jks"
	JCEKS   Kind = "jceks"
	PKCS7   Kind = "pkcs7"
	X509CRL Kind = "crl"
)

// kindInfo is what there is to know about a kind.
type kindInfo struct {
	kind Kind
	// form is how reports name a location in a file of this kind. It is empty for a kind
	// that holds no certificates.
	form cert.Form
	// recognise looks at the first bytes of a file: the rest may not be there.
	recognise func(head []byte) bool
	read      func(o *opening, data []byte) error
}

// kinds is the table of all kinds, in the order in which they are tried.
func kinds() [5]kindInfo {
	return [...]kindInfo{
		{JKS, cert.JKS, beginsJKS, (*opening).jks},
		{JCEKS, cert.JKS, beginsJCEKS, (*opening).jks}, // it protects its keys differently
		{PKCS7, cert.PKCS7, beginsPKCS7, (*opening).pkcs7},
		{PKCS12, cert.PKCS12, beginsPKCS12, (*opening).pkcs12},
		{X509CRL, "", beginsCRL, (*opening).revocations},
	}
}

// info returns the row of a kind; empty for None.
func (k Kind) info() kindInfo {
	for _, info := range kinds() {
		if info.kind == k {
			return info
		}
	}
	return kindInfo{}
}

// Form is how reports name a location in a store of this kind.
func (k Kind) Form() cert.Form { return k.info().form }

// Recognise tells what a file is by its first bytes.
func Recognise(head []byte) Kind {
	// Most files are text, and cost nothing this way: no kind begins with an ASCII byte other
	// than that of a SEQUENCE.
	if len(head) == 0 || head[0] < 0x80 && head[0] != der.Sequence {
		return None
	}
	for _, info := range kinds() {
		if info.recognise(head) {
			return info.kind
		}
	}
	return None
}

const (
	magicJKS   = 0xfeedfeed
	magicJCEKS = 0xcececece
)

func beginsJKS(head []byte) bool   { return beginsJava(head, magicJKS) }
func beginsJCEKS(head []byte) bool { return beginsJava(head, magicJCEKS) }

func beginsJava(head []byte, magic uint32) bool {
	if len(head) < 8 || binary.BigEndian.Uint32(head) != magic {
		return false
	}
	version := binary.BigEndian.Uint32(head[4:])
	return version == 1 || version == 2
}

func beginsPKCS7(head []byte) bool {
	inner, ok := der.Within(head, der.Sequence)
	return ok && bytes.HasPrefix(inner, []byte("\x06\x09"+oidSignedData))
}

func beginsPKCS12(head []byte) bool {
	inner, ok := der.Within(head, der.Sequence)
	behind, version3 := bytes.CutPrefix(inner, []byte("\x02\x01\x03"))
	if !ok || !version3 {
		return false
	}
	content, ok := der.Within(behind, der.Sequence)
	return ok && (bytes.HasPrefix(content, []byte("\x06\x09"+oidData)) || bytes.HasPrefix(content, []byte("\x06\x09"+oidSignedData)))
}

// beginsCRL recognises a tbsCertList: the version is followed by an algorithm, a name and
// a time. A certificate of version 1 has two times there, in a SEQUENCE.
func beginsCRL(head []byte) bool {
	inner, ok := der.Within(head, der.Sequence)
	if !ok {
		return false
	}
	list, ok := der.Within(inner, der.Sequence)
	if !ok {
		return false
	}
	list = bytes.TrimPrefix(list, []byte(versionTwo))
	if algorithm, ok := der.Within(list, der.Sequence); !ok || len(algorithm) == 0 || algorithm[0] != der.ObjectID {
		return false
	}
	r := der.NewReader(list)
	r.Enter(der.Sequence)
	r.Enter(der.Sequence)
	next := r.Peek()
	return r.Err() == nil && (next == der.UTCTime || next == der.GeneralizedTime)
}
