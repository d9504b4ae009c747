package issue_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"gopkg.in/yaml.v3"

	"cert-health/internal/issue"
	"cert-health/internal/scenario"
)

var _ = Describe("Key", func() {
	for _, kind := range scenario.KeyKinds() {
		pair := scenario.Issue(scenario.Spec{CommonName: "x", Key: kind})
		for _, spelling := range pair.Spellings() {
			It(fmt.Sprintf("is read, and written in its own form: %s, %s", pair.Noun().KeyName(), spelling.Name), func() {
				key, err := issue.ParseKey([]byte(spelling.PEM))
				Expect(err).NotTo(HaveOccurred())
				Expect(key.Matches(pair.X509)).To(BeTrue())
				Expect(key.Digest()).To(Equal(pair.KeyDigest()))
				Expect(key.Type().String()).To(Equal(pair.Noun().KeyName()))
				text, err := key.PEM()
				Expect(err).NotTo(HaveOccurred())
				if strings.Contains(spelling.Name, "without the public key") {
					Expect(labels(text)).To(Equal(labels([]byte(spelling.PEM))))
					return
				}
				Expect(bytes.Equal(text, []byte(spelling.PEM))).To(BeTrue(), "the key is written differently")
			})

			It(fmt.Sprintf("gets a successor of its kind in its form: %s, %s", pair.Noun().KeyName(), spelling.Name), func() {
				key, err := issue.ParseKey([]byte(spelling.PEM))
				Expect(err).NotTo(HaveOccurred())
				other, err := key.Another(issue.KeyType{}, rand.Reader)
				Expect(err).NotTo(HaveOccurred())
				Expect(other.Type()).To(Equal(key.Type()))
				Expect(other.Matches(pair.X509)).To(BeFalse())
				text, err := other.PEM()
				Expect(err).NotTo(HaveOccurred())
				Expect(labels(text)).To(Equal(labels([]byte(spelling.PEM))))
				out, err := openssl(text, "pkey", "-in", "/dev/stdin", "-pubout")
				Expect(err).NotTo(HaveOccurred(), out)
				Expect(out).To(ContainSubstring("BEGIN PUBLIC KEY"))
			})
		}
		for _, locked := range pair.Locked() {
			It(fmt.Sprintf("is refused with a password: %s, %s", pair.Noun().KeyName(), locked.Name), func() {
				_, err := issue.ParseKey([]byte(locked.PEM))
				Expect(err).To(MatchError("it is not a private key in PEM without a password: write one key, as PKCS #1, SEC 1 or PKCS #8"))
			})
		}
	}

	a, b := scenario.Issue(scenario.Spec{CommonName: "a"}), scenario.Issue(scenario.Spec{CommonName: "b", Key: scenario.RSA})

	It("may stand beside its certificate, but not beside another key", func() {
		key, err := issue.ParseKey([]byte(a.CertPEM() + a.KeyPEM()))
		Expect(err).NotTo(HaveOccurred())
		Expect(key.Matches(a.X509)).To(BeTrue())
		Expect(key.Matches(b.X509)).To(BeFalse())
		for _, text := range []string{"", "x", a.CertPEM(), a.KeyPEM() + b.KeyPEM(), strings.Replace(a.KeyPEM(), "M", "N", 1)} {
			_, err := issue.ParseKey([]byte(text))
			Expect(err).To(HaveOccurred())
		}
		Expect(issue.Key{}.Matches(a.X509)).To(BeFalse())
		_, err = issue.Key{}.PEM()
		Expect(err).To(HaveOccurred())
	})

	It("is never printed or encoded", func() {
		key, err := issue.ParseKey([]byte(b.KeyPEM()))
		Expect(err).NotTo(HaveOccurred())
		type holder struct{ key issue.Key }
		type shown struct{ Key issue.Key }
		var printed []string
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%p"} {
			for _, value := range []any{key, &key, holder{key}, &holder{key}, shown{key}, []issue.Key{key}, map[string]issue.Key{"k": key}} {
				printed = append(printed, fmt.Sprintf(verb, value))
			}
		}
		asJSON, err := json.Marshal(shown{key})
		Expect(err).NotTo(HaveOccurred())
		asYAML, err := yaml.Marshal(shown{key})
		Expect(err).NotTo(HaveOccurred())
		Expect(string(asJSON)).To(Equal(`{"Key":"***"}`))
		for _, secret := range b.Secrets() {
			for _, text := range append(printed, string(asJSON), string(asYAML)) {
				for _, form := range []string{fmt.Sprintf("%x", secret[:8]), fmt.Sprint(secret[:8]), string(secret[:8])} {
					Expect(strings.Contains(text, strings.Trim(form, "[]"))).To(BeFalse(), "a key is printed")
				}
			}
		}
	})
})

func labels(text []byte) (labels []string) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		labels = append(labels, block.Type)
	}
	return labels
}

var _ = DescribeTable("ParseKeyType", func(text, expected string) {
	kind, err := issue.ParseKeyType(text)
	if expected == "" {
		Expect(err).To(HaveOccurred())
		return
	}
	Expect(err).NotTo(HaveOccurred())
	Expect(kind.String()).To(Equal(expected))
},
	Entry(nil, "rsa", "RSA 4096"), Entry(nil, "RSA:2048", "RSA 2048"), Entry(nil, "rsa:1024", ""), Entry(nil, "rsa:99999", ""), Entry(nil, "rsa:x", ""),
	Entry(nil, "ec", "ECDSA 256"), Entry(nil, "ec:384", "ECDSA 384"), Entry(nil, "ec:521", "ECDSA 521"), Entry(nil, "ec:255", ""),
	Entry(nil, "ed25519", "Ed25519 256"), Entry(nil, "ed25519:512", ""), Entry(nil, "", ""), Entry(nil, "dsa", ""),
)
