package keystore_test

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"math/big"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/scenario"
)

var _ = Describe("ParseCRL", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", Organization: "org", CA: true})
	now := time.Now().UTC().Truncate(time.Second)

	revoking := func(count int) []byte {
		GinkgoHelper()
		revoked := make([]x509.RevocationListEntry, count)
		for i := range revoked {
			revoked[i] = x509.RevocationListEntry{SerialNumber: big.NewInt(int64(i + 1)), RevocationTime: now}
		}
		der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
			Number: big.NewInt(4711), ThisUpdate: now, NextUpdate: now.Add(time.Hour), RevokedCertificateEntries: revoked,
		}, ca.X509, keyOf(ca))
		Expect(err).NotTo(HaveOccurred())
		return der
	}

	It("returns the issuer and the validity of a list", func() {
		for _, count := range []int{0, 1, 1000} {
			list, err := keystore.ParseCRL(revoking(count))
			Expect(err).NotTo(HaveOccurred())
			Expect(list).To(Equal(cert.CRL{Issuer: "CN=ca,O=org", ThisUpdate: now, NextUpdate: now.Add(time.Hour), Number: big.NewInt(4711)}))
		}
	})

	It("needs no memory for the revoked certificates", func() {
		der := revoking(100_000)
		Expect(allocated(func() {
			_, err := keystore.ParseCRL(der)
			Expect(err).NotTo(HaveOccurred())
		})).To(BeNumerically("<", 1<<20))
	})

	It("reads a list of version 1", func() {
		name := ca.X509.RawSubject
		algorithm := sequence(oid(1, 2, 840, 10045, 4, 3, 2))
		der := sequence(sequence(algorithm, name, tlv(0x17, []byte("260101000000Z"))), algorithm, tlv(0x03, []byte{0}))
		Expect(keystore.Recognise(der)).To(Equal(keystore.X509CRL))
		contents, err := open(der)
		Expect(err).NotTo(HaveOccurred())
		Expect(contents.CRLs).To(HaveLen(1))
		Expect(contents.CRLs[0]).To(Equal(cert.CRL{Issuer: "CN=ca,O=org", ThisUpdate: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}))
	})

	It("reads what `openssl ca` writes", func() {
		w := newWorkshop()
		w.write("ca.pem", ca.CertPEM())
		w.write("ca.key", ca.KeyPEM())
		w.write("index.txt", "")
		w.write("number", "2A\n")
		config := "[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\ndefault_md=sha256\n"
		for version, more := range map[int]string{1: "", 2: "crlnumber=number\n"} {
			w.write("config", config+more)
			w.openssl("ca", "-config", "config", "-gencrl", "-keyfile", "ca.key", "-cert", "ca.pem", "-crldays", "7", "-out", "list.pem")
			w.openssl("crl", "-in", "list.pem", "-outform", "DER", "-out", "list.der")
			Expect(w.openssl("crl", "-in", "list.pem", "-text", "-noout")).To(ContainSubstring("Version %d ", version))
			contents, err := keystore.Open(w.read("list.der"), nil, dercert.Parse, nil)
			Expect(err).NotTo(HaveOccurred())
			Expect(contents.CRLs).To(HaveLen(1))
			Expect(contents.CRLs[0].Number != nil).To(Equal(version == 2))
			Expect(contents.CRLs[0].NextUpdate.Sub(contents.CRLs[0].ThisUpdate)).To(Equal(7 * 24 * time.Hour))
		}
	})

	It("refuses other data without quoting it", func() {
		for _, der := range [][]byte{nil, []byte("text"), ca.X509.Raw, keyDER(newChain("x")), bytes.Repeat([]byte{0x30}, 100), revoking(2)[:100]} {
			_, err := keystore.ParseCRL(der)
			Expect(err).To(MatchError(keystore.ErrDamaged))
			Expect(strings.ToLower(err.Error())).NotTo(ContainSubstring("text"))
		}
	})
})
