package keystore

import (
	"bytes"
	"encoding/binary"

	"cert-health/internal/cert"
	"cert-health/internal/der"
)

// Kind is what a file is, by its content.
type Kind string

// The kinds. None is everything else, certificates included.
const (
	None    Kind = ""
	PKCS12  Kind = "pkcs12"
	JKS     Kind = "jks"
	JCEKS   Kind = "jceks"
	PKCS7   Kind = "pkcs7"
	X509CRL Kind = "crl"
)

// Form is how reports name where a certificate of such a store stood. JCEKS is JKS
// with another protection of its keys.
func (k Kind) Form() cert.Form {
	switch k {
	case PKCS12:
		return cert.PKCS12
	case JKS, JCEKS:
		return cert.JKS
	case PKCS7:
		return cert.PKCS7
	}
	return ""
}

const (
	magicJKS   = 0xfeedfeed
	magicJCEKS = 0xcececece
)

// Recognise tells what a file is by its first bytes.
func Recognise(head []byte) Kind {
	if len(head) >= 8 {
		version := binary.BigEndian.Uint32(head[4:])
		switch magic := binary.BigEndian.Uint32(head); {
		case version != 1 && version != 2:
		case magic == magicJKS:
			return JKS
		case magic == magicJCEKS:
			return JCEKS
		}
	}
	return recogniseDER(head)
}

// recogniseDER looks at the headers only: the body of most elements ends behind head.
func recogniseDER(head []byte) Kind {
	inner, ok := der.Within(head, der.Sequence)
	if !ok {
		return None
	}
	if bytes.HasPrefix(inner, []byte("\x06\x09"+oidSignedData)) {
		return PKCS7
	}
	if behind, isVersion3 := bytes.CutPrefix(inner, []byte("\x02\x01\x03")); isVersion3 {
		content, ok := der.Within(behind, der.Sequence)
		if ok && (bytes.HasPrefix(content, []byte("\x06\x09"+oidData)) || bytes.HasPrefix(content, []byte("\x06\x09"+oidSignedData))) {
			return PKCS12
		}
	}
	if list, ok := der.Within(inner, der.Sequence); ok && beginsCRL(list) {
		return X509CRL
	}
	return None
}

// beginsCRL tells a tbsCertList from all else that is a sequence in a sequence: behind
// the version, an algorithm and a name there is a time. In a certificate of version 1
// there is a pair of them.
func beginsCRL(list []byte) bool {
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
