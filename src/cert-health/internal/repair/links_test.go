package repair_test

import (
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/repair"
	"cert-health/internal/scenario"
)

var _ = Describe("a link in a job's directory", func() {
	var p pki
	var v vm
	var outside string
	BeforeEach(func() {
		p = newPKI("rep", nil)
		v = newVM(map[string]scenario.Files{"rep": {"copy.crt": p.old.CertPEM(), "tls.key": p.old.KeyPEM(), "ca.crt": p.ca.CertPEM()}})
		outside = filepath.Join(v.root, "etc", "tls.crt")
		Expect(os.MkdirAll(filepath.Dir(outside), 0o755)).To(Succeed())
		Expect(os.WriteFile(outside, []byte(p.old.CertPEM()), 0o600)).To(Succeed())
	})
	link := func(to string) {
		GinkgoHelper()
		Expect(os.Symlink(to, filepath.Join(filepath.Dir(v.real("rep", "tls.key")), "tls.crt"))).To(Succeed())
	}

	It("that leads to the old certificate elsewhere keeps the key from being replaced", func() {
		link("/etc/tls.crt")
		before := v.everything()
		_, err := v.prepare(by(p.old, p.issued))
		Expect(err).To(BeAssignableToTypeOf(repair.Refusal{}))
		Expect(err).To(MatchError(And(ContainSubstring("tls.crt is a link to a file that holds rep"), ContainSubstring("put a copy of the file in the place of the link"))))
		Expect(v.everything()).To(Equal(before))
	})

	It("is no part of the saved files, which go if a repair ended before its journal", func() {
		begun := filepath.Join(v.root, repair.Directory, "20261127T051700Z")
		v.store().Close()
		Expect(os.Mkdir(begun, 0o700)).To(Succeed())
		Expect(os.WriteFile(filepath.Join(begun, "old-1"), []byte(p.old.KeyPEM()), 0o600)).To(Succeed())
		v.store()
		Expect(begun).NotTo(BeADirectory())
	})

	It("may lead to a file that is written, to another certificate, or nowhere", func() {
		for _, to := range []string{"copy.crt", "ca.crt", "/nowhere", "."} {
			link(to)
			r, err := v.prepare(by(p.old, p.issued))
			Expect(err).NotTo(HaveOccurred(), to)
			r.Wipe()
			Expect(os.Remove(filepath.Join(filepath.Dir(v.real("rep", "tls.key")), "tls.crt"))).To(Succeed())
		}
	})
})
