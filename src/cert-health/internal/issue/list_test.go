package issue_test

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/issue"
)

var _ = Describe("a revocation list", func() {
	made := func(ca *x509.Certificate, key issue.Key) *x509.Certificate {
		GinkgoHelper()
		leaf, err := issue.New(issue.Profile{Names: []string{"x"}}, keys()["ec:256"][1], by(ca, key))
		Expect(err).NotTo(HaveOccurred())
		return leaf
	}

	for _, kind := range keyTypes {
		It("revokes what OpenSSL then refuses, and nothing else: "+kind, func() {
			ca, key := root(kind)
			bad, good := made(ca, key), made(ca, key)
			list, err := issue.Revoke(nil, bad, 1, by(ca, key))
			Expect(err).NotTo(HaveOccurred())
			Expect(list.CheckSignatureFrom(ca)).To(Succeed())
			file := public(issue.ListPEM(list))
			expectVerified(good, []*x509.Certificate{ca}, "-crl_check", "-CRLfile", file)
			out, err := openssl(nil, "verify", "-crl_check", "-attime", "1777863721", "-CAfile", public(certPEM(ca)), "-CRLfile", file, public(certPEM(bad)))
			Expect(err).To(HaveOccurred())
			Expect(out).To(ContainSubstring("certificate revoked"))
		})
	}

	It("keeps entries with their dates, reasons and extensions, and its number grows", func() {
		ca, key := root("ec:256")
		unknown := pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: []byte{5, 0}}
		encoded, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
			Number: big.NewInt(41), ThisUpdate: now.Add(-day), NextUpdate: now.Add(6 * day), ExtraExtensions: []pkix.Extension{unknown},
			RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: big.NewInt(5), RevocationTime: now.Add(-9 * day), ReasonCode: 4, ExtraExtensions: []pkix.Extension{unknown}}},
		}, ca, signer(key))
		Expect(err).NotTo(HaveOccurred())
		old, err := issue.ParseList(issue.ListPEM(&x509.RevocationList{Raw: encoded}))
		Expect(err).NotTo(HaveOccurred())

		leaf := made(ca, key)
		list, err := issue.Revoke(old, leaf, 1, by(ca, key))
		Expect(err).NotTo(HaveOccurred())
		Expect(list.Number).To(Equal(big.NewInt(42)))
		Expect(list.ThisUpdate).To(Equal(now.Add(-5 * time.Minute)))
		Expect(list.NextUpdate).To(Equal(now.Add(7*day - 5*time.Minute)))
		Expect(list.Extensions).To(ContainElement(unknown))
		Expect(list.RevokedCertificateEntries).To(HaveLen(2))
		first, second := list.RevokedCertificateEntries[0], list.RevokedCertificateEntries[1]
		Expect(first.SerialNumber).To(Equal(big.NewInt(5)))
		Expect(first.RevocationTime).To(Equal(now.Add(-9 * day)))
		Expect(first.ReasonCode).To(Equal(4))
		Expect(first.Extensions).To(ContainElement(unknown))
		Expect(second.SerialNumber).To(Equal(leaf.SerialNumber))
		Expect(second.RevocationTime).To(Equal(now))
		Expect(second.ReasonCode).To(Equal(1))

		_, err = issue.Revoke(list, leaf, 0, by(ca, key))
		Expect(err).To(MatchError(issue.ErrRevoked))
		again, err := issue.RenewList(list, by(ca, key))
		Expect(err).NotTo(HaveOccurred())
		Expect(again.Number).To(Equal(big.NewInt(43)))
		Expect(again.RevokedCertificateEntries).To(HaveLen(2))
		Expect(issue.RevokedAt(again, leaf.SerialNumber)).To(Equal(now))
	})

	It("continues one of safe, which has no number", func() {
		ca, key := root("rsa:2048")
		//lint:ignore SA1019 safe makes its lists by this function
		encoded, err := ca.CreateCRL(rand.Reader, signer(key), []pkix.RevokedCertificate{{SerialNumber: big.NewInt(9), RevocationTime: now.Add(-day)}}, now.Add(-day), now.Add(3649*day))
		Expect(err).NotTo(HaveOccurred())
		old, err := x509.ParseRevocationList(encoded)
		Expect(err).NotTo(HaveOccurred())
		list, err := issue.RenewList(old, by(ca, key))
		Expect(err).NotTo(HaveOccurred())
		Expect(list.Number).To(Equal(big.NewInt(1)))
		Expect(issue.RevokedAt(list, big.NewInt(9))).To(Equal(now.Add(-day)))
		Expect(list.NextUpdate).To(BeTemporally("~", now.Add(3650*day), time.Hour))
	})

	It("is new and empty for ten years if there was none", func() {
		ca, key := root("ec:256")
		list, err := issue.RenewList(nil, by(ca, key))
		Expect(err).NotTo(HaveOccurred())
		Expect(list.RevokedCertificateEntries).To(BeEmpty())
		Expect(list.NextUpdate).To(Equal(now.Add(3650 * day)))
	})

	It("is signed by a CA without usages and without a key identifier, and not by one that lacks crl_sign", func() {
		key := keys()["ec:256"][0]
		bare := create(&x509.Certificate{Subject: pkix.Name{CommonName: "bare"}}, &x509.Certificate{Subject: pkix.Name{CommonName: "bare"}}, key.Public(), key)
		_, err := issue.RenewList(nil, by(bare, key))
		Expect(err).To(MatchError(ContainSubstring("is not a CA")))
		template := &x509.Certificate{Subject: pkix.Name{CommonName: "bare"}, ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 19}, Value: []byte{0x30, 3, 1, 1, 0xff}}}}
		ca := create(template, template, key.Public(), key)
		list, err := issue.RenewList(nil, by(ca, key))
		Expect(err).NotTo(HaveOccurred())
		out, err := openssl(issue.ListPEM(list), "crl", "-in", "/dev/stdin", "-noout", "-CAfile", public(certPEM(ca)))
		Expect(err).NotTo(HaveOccurred(), out)
		Expect(out).To(ContainSubstring("verify OK"))

		template.KeyUsage, template.IsCA, template.BasicConstraintsValid, template.ExtraExtensions = x509.KeyUsageCertSign, true, true, nil
		_, err = issue.RenewList(nil, by(create(template, template, key.Public(), key), key))
		Expect(err).To(MatchError(ContainSubstring("its key usages lack crl_sign")))
	})

	It("belongs to its CA, and revokes what that CA signed", func() {
		ca, key := root("ec:256")
		other, otherKey := root("ed25519")
		list, err := issue.RenewList(nil, by(other, otherKey))
		Expect(err).NotTo(HaveOccurred())
		_, err = issue.RenewList(list, by(ca, key))
		Expect(err).To(MatchError(ContainSubstring("the revocation list is that of CN=ca of ed25519")))
		_, err = issue.Revoke(nil, made(other, otherKey), 0, by(ca, key))
		Expect(err).To(MatchError(ContainSubstring("was not signed by the CA ca of ec:256")))
		_, err = issue.RenewList(nil, by(nil, key))
		Expect(err).To(HaveOccurred())
	})

	It("is read from PEM only", func() {
		for _, text := range []string{"", "x", string(certPEM()), "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n"} {
			_, err := issue.ParseList([]byte(text))
			Expect(err).To(HaveOccurred())
		}
	})
})

var _ = DescribeTable("ParseReason", func(word string, expected int) {
	reason, err := issue.ParseReason(word)
	Expect(err != nil).To(Equal(expected < 0))
	Expect(int(reason)).To(Equal(max(0, expected)))
},
	Entry(nil, "superseded", 4), Entry(nil, "Key-Compromise", 1), Entry(nil, "unspecified", 0), Entry(nil, "x", -1), Entry(nil, "", -1),
)
