package issue

import (
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
)

// The extensions that are written here. All others are copied as they are.
var (
	oidSubjectKeyID     = asn1.ObjectIdentifier{2, 5, 29, 14}
	oidKeyUsage         = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidNames            = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidCRLNumber        = asn1.ObjectIdentifier{2, 5, 29, 20}
	oidReason           = asn1.ObjectIdentifier{2, 5, 29, 21}
	oidDeltaCRL         = asn1.ObjectIdentifier{2, 5, 29, 27}
	oidAuthorityKeyID   = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidExtKeyUsage      = asn1.ObjectIdentifier{2, 5, 29, 37}
)

// extensions is a list in which one of them can be replaced at its place.
type extensions []pkix.Extension

func (list extensions) find(id asn1.ObjectIdentifier) int {
	return slices.IndexFunc(list, func(e pkix.Extension) bool { return e.Id.Equal(id) })
}

// without is a copy that lacks some extensions.
func (list extensions) without(ids ...asn1.ObjectIdentifier) extensions {
	kept := extensions{}
	for _, extension := range list {
		if !contains(ids, extension.Id) {
			kept = append(kept, extension)
		}
	}
	return kept
}

func contains(ids []asn1.ObjectIdentifier, id asn1.ObjectIdentifier) bool {
	return slices.ContainsFunc(ids, id.Equal)
}

// set replaces the value of an extension, or adds the extension at the end.
func (list extensions) set(id asn1.ObjectIdentifier, value []byte) extensions {
	if at := list.find(id); at >= 0 {
		list[at].Value = value
		return list
	}
	return append(list, pkix.Extension{Id: id, Value: value})
}

// keyID is the identifier of a public key by RFC 7093, section 2, method 1, which crypto/x509 uses too.
func keyID(public any) ([]byte, error) {
	encoded, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("encode the public key: %w", err)
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(encoded, &info); err != nil {
		return nil, fmt.Errorf("encode the public key: %w", err)
	}
	digest := sha256.Sum256(info.Key.Bytes)
	return digest[:20], nil
}

// authorityKeyID is the value of the extension that names the key that signed. It states no serial number of the CA,
// which changes when the CA is renewed.
func authorityKeyID(id []byte) ([]byte, error) {
	return asn1.Marshal(struct {
		ID []byte `asn1:"optional,tag:0"`
	}{id})
}
