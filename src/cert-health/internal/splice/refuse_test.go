package splice_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/splice"
)

var _ = Describe("Splice refuses", func() {
	old := scenario.Issue(scenario.Spec{CommonName: "old", Key: scenario.RSA})
	issued := scenario.Issue(scenario.Spec{CommonName: "new"})

	refused := func(contents string, line int) error {
		GinkgoHelper()
		written, err := splice.Splice([]byte(contents), splice.Edits{Certificates: []splice.Certificate{{Line: line, Old: old.Fingerprint(), New: issued.X509.Raw}}})
		Expect(written).To(BeNil())
		Expect(err).To(HaveOccurred())
		return err
	}

	It("forms that cannot be written back, and says which", func() {
		Expect(refused("a\n"+base64Of(string(old.X509.Raw))+"\n", 2)).To(MatchError(ContainSubstring("cannot be written back exactly (the base64 of DER")))
		Expect(refused(hex.EncodeToString(old.X509.Raw)+"\n", 1)).To(MatchError(ContainSubstring("hexadecimal")))
		Expect(refused(string(old.X509.Raw), 0)).To(MatchError(ContainSubstring("binary file")))
		Expect(refused("\xff\xfea\x00", 1)).To(MatchError(ContainSubstring("UTF-16")))
		for _, form := range []cert.Form{cert.DER, cert.PKCS7, cert.PKCS12, cert.JKS, cert.DERBase64, cert.DERHex, "other"} {
			Expect(splice.Writable(form)).To(HaveOccurred(), string(form))
		}
	})

	It("a block whose lines are not alike", func() {
		lines := strings.Split(old.CertPEM(), "\n")
		lines[2] += " "
		Expect(refused(strings.Join(lines, "\n"), 1)).To(MatchError(ContainSubstring("its lines are not alike")))
		lines = strings.Split(old.CertPEM(), "\n")
		lines[2], lines[3] = lines[2][:60], lines[2][60:]+lines[3]
		Expect(refused(strings.Join(lines, "\n"), 1)).To(MatchError(ContainSubstring("its lines are not alike")))
	})

	It("a block that writes a character in two ways", func() {
		text := strings.Replace(`{"cert":"`+strings.ReplaceAll(old.CertPEM(), "\n", `\n`)+`"}`, "M", `\u004d`, 3)
		Expect(refused(text, 1)).To(MatchError(ContainSubstring("in two ways")))
	})

	It("a block that holds more than the certificate", func() {
		text := scenario.Armour("TRUSTED CERTIFICATE", append(append([]byte{}, old.X509.Raw...), 0x30, 0x00))
		Expect(refused(text, 1)).To(MatchError(ContainSubstring("more than the certificate")))
	})

	It("a place that holds something else by now", func() {
		Expect(refused(issued.CertPEM(), 1)).To(MatchError(ContainSubstring("does not hold the certificate any more")))
		Expect(refused("\n"+old.CertPEM(), 1)).To(MatchError(ContainSubstring("does not hold the certificate any more")))
	})

	It("an edit of nothing", func() {
		_, err := splice.Splice([]byte(old.CertPEM()), splice.Edits{})
		Expect(err).To(MatchError("there is nothing to change"))
	})

	It("keys that cannot be read or do not fit their block", func() {
		for _, locked := range old.Locked() {
			_, err := splice.ParseKey([]byte(locked.PEM))
			Expect(err).To(HaveOccurred(), locked.Name)
		}
		ec, other, ed := scenario.Issue(scenario.Spec{}), scenario.Issue(scenario.Spec{Key: scenario.P384}), scenario.Issue(scenario.Spec{Key: scenario.Ed25519})
		behind := []byte(ec.Spellings()[2].PEM)
		_, err := splice.Splice(behind, edits(behind, ec, other, nil))
		Expect(err).To(MatchError(ContainSubstring("names the curve of the old key")))
		same := scenario.Issue(scenario.Spec{})
		Expect(splice.Splice(behind, edits(behind, ec, same, nil))).To(Equal([]byte(same.Spellings()[2].PEM)))
		sec1 := []byte(ec.Spellings()[1].PEM)
		_, err = splice.Splice(sec1, edits(sec1, ec, ed, nil))
		Expect(err).To(MatchError(ContainSubstring("cannot hold a key of Ed25519")))
	})

	It("to print a key", func() {
		k := key(old)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			Expect(fmt.Sprintf(verb, k)).To(Equal("(a private key)"))
		}
		_, err := json.Marshal(k)
		Expect(err).To(HaveOccurred())
		Expect(k.Name()).To(Equal("RSA 2048"))
	})
})
