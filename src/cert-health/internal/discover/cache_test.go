package discover_test

import (
	"context"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/discover"
	"cert-health/internal/scenario"
)

var _ = Describe("Scanner", func() {
	var (
		file    string
		scanner *discover.Scanner
		a, b    *scenario.Pair
	)

	// put writes a certificate that has been at rest for a while, as far as
	// the scanner can tell.
	put := func(pair *scenario.Pair) {
		GinkgoHelper()
		Expect(os.MkdirAll(filepath.Dir(file), 0o755)).To(Succeed())
		Expect(os.WriteFile(file, []byte(pair.CertPEM()), 0o640)).To(Succeed())
	}
	names := func() []string {
		GinkgoHelper()
		inventory, err := scanner.Scan(context.Background())
		Expect(err).NotTo(HaveOccurred())
		list := []string{}
		for _, deployed := range inventory.Deployed {
			list = append(list, deployed.Certificate.Name())
		}
		return list
	}
	// spoil makes every file that is opened from now on unreadable: what is
	// still found was remembered.
	spoil := func() {
		GinkgoHelper()
		discover.Poison(scanner)
	}

	BeforeEach(func() {
		root := GinkgoT().TempDir()
		file = filepath.Join(root, "var/vcap/jobs/rep/x.pem")
		scanner = discover.NewScanner(discover.Options{Root: root})
		discover.SetClock(scanner, func() time.Time { return time.Now().Add(time.Minute) })
		a, b = scenario.Issue(scenario.Spec{CommonName: "a"}), scenario.Issue(scenario.Spec{CommonName: "b"})
		put(a)
	})

	It("does not open an unchanged file again", func() {
		Expect(names()).To(Equal([]string{"a"}))
		spoil()
		Expect(names()).To(Equal([]string{"a"}))
	})

	It("reads a file again whose content, time or inode changed", func() {
		Expect(names()).To(Equal([]string{"a"}))
		put(b)
		Expect(names()).To(Equal([]string{"b"}))
		Expect(os.Chtimes(file, time.Time{}, time.Unix(1, 0))).To(Succeed())
		spoil()
		Expect(names()).To(BeEmpty(), "it was read again")
	})

	It("reads a file again that may have changed within the tick of a clock", func() {
		discover.SetClock(scanner, time.Now)
		Expect(names()).To(Equal([]string{"a"}))
		spoil()
		Expect(names()).To(BeEmpty())
	})

	It("reads everything again after Forget", func() {
		Expect(names()).To(Equal([]string{"a"}))
		spoil()
		scanner.Forget()
		Expect(names()).To(BeEmpty())
	})

	It("forgets removed files, and finds them again", func() {
		Expect(names()).To(Equal([]string{"a"}))
		Expect(os.Remove(file)).To(Succeed())
		Expect(names()).To(BeEmpty())
		Expect(discover.Known(scanner)).To(BeZero())
		put(b)
		Expect(names()).To(Equal([]string{"b"}))
	})

	It("keeps counting and reporting files that it does not read again", func() {
		Expect(os.WriteFile(file, []byte(a.CertPEM()[:200]), 0o640)).To(Succeed())
		for range 2 {
			inventory, err := scanner.Scan(context.Background())
			Expect(err).NotTo(HaveOccurred())
			Expect(inventory.Files).To(Equal(discover.Files{Unreadable: 1}))
			Expect(inventory.Problems).To(HaveLen(1))
		}
	})
})
