package hostile

import (
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"strings"

	"software.sslmate.com/src/go-pkcs12"

	"cert-health/internal/scenario"
)

// cheap and dear are encoded numbers of iterations of the same length: a store is made with
// the one and says the other.
var (
	cheap = []byte{2, 3, 0, 0x80, 1}       // 32,769
	dear  = []byte{2, 3, 0x18, 0x6a, 0x00} // 1,600,000: three passwords are tried
)

// KeyStores is n different key stores, of which each makes its reader iterate as often as one
// store may. No password opens them.
func KeyStores(n int) scenario.Files {
	encoder := pkcs12.Modern2023.WithIterations(32_769)
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf"})
	store := must(encoder.EncodeTrustStore([]*x509.Certificate{leaf.X509}, "unguessable"))
	store = bytes.ReplaceAll(store, cheap, dear)
	files := scenario.Files{}
	for i := range n {
		own := bytes.Clone(store)
		own[len(own)/2] ^= byte(i) // in what is encrypted
		own[len(own)/2+1] ^= byte(i >> 8)
		files[fmt.Sprintf("config/%d.p12", i)] = string(own)
	}
	return files
}

// Certificates is n certificates that differ in their serial numbers only, a thousand in a
// file.
func Certificates(n int) scenario.Files {
	const inFile = 1000
	serial := bytes.Repeat([]byte{0x55}, 8)
	der := scenario.Issue(scenario.Spec{CommonName: "l", SANs: []string{"l"}, Key: scenario.Ed25519, Serial: int64(binary.BigEndian.Uint64(serial))}).X509.Raw
	at := bytes.Index(der, serial)
	files := scenario.Files{}
	for first := 0; first < n; first += inFile {
		var list strings.Builder
		for i := first; i < min(n, first+inFile); i++ {
			binary.BigEndian.PutUint32(der[at+4:], uint32(i))
			list.WriteString(scenario.Armour("CERTIFICATE", der))
		}
		files[fmt.Sprintf("config/%d.pem", first/inFile)] = list.String()
	}
	return files
}
