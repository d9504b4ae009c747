package discover_test

import (
	"context"
	"path/filepath"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/budget"
	"cert-health/internal/discover"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
)

var _ = Describe("Key stores", func() {
	var tree *storeTree
	var leaf *scenario.Pair

	BeforeEach(func() {
		tree = newStoreTree()
		leaf = scenario.Issue(scenario.Spec{CommonName: "leaf"})
	})

	It("with an unknown password are locked", func() {
		tree.deploy("x.p12", keyStore(password, leaf))
		expectLocked(tree.scan())
	})

	DescribeTable("are opened by the password that the configuration names",
		func(p keystore.Password) {
			tree.deploy("x.p12", keyStore(password, leaf))
			tree.write("var/vcap/data/uaa/password", password+"\n")
			tree.write("var/vcap/jobs/uaa/bin/start", "#!/bin/bash\nexport STORE_PASSWORD='"+password+"'\nexec java\n")
			tree.options.Passwords = []keystore.Password{{Glob: "**/*.jks", Literal: secret.New("of others")}, p}
			inventory := tree.scan()
			Expect(inventory.Problems).To(BeEmpty())
			Expect(foundIn(inventory)).To(Equal([]string{": leaf leaf in x.p12:0 as pkcs12"}))
		},
		Entry("itself", keystore.Password{Glob: "/var/vcap/jobs/uaa/**", Literal: secret.New(password)}),
		Entry("in a file", keystore.Password{Glob: "**/*.p12", File: "/var/vcap/data/uaa/password"}),
		Entry("in a start script", keystore.Password{Glob: "**/*.p12", Script: "/var/vcap/jobs/uaa/bin/start", Variable: "STORE_PASSWORD"}),
	)

	It("are paid for once when their password has changed", func() {
		tree.deploy("x.p12", keyStore(password, leaf))
		tree.write("var/vcap/data/password", "yesterday's")
		tree.options.Passwords = []keystore.Password{{Glob: "**/*.p12", File: "/var/vcap/data/password"}}
		scanner := discover.NewScanner(tree.options)
		discover.SetClock(scanner, func() time.Time { return time.Now().Add(time.Minute) })
		spent := func(w budget.Work) int {
			var meter *budget.Meter
			discover.SetMeter(scanner, func() *budget.Meter { meter = budget.New(); return meter })
			_, err := scanner.Scan(context.Background())
			Expect(err).NotTo(HaveOccurred())
			return meter.Of("uaa").Spent().Of(w)
		}
		first := spent(budget.Bytes)
		tree.write("var/vcap/data/password", "today's")
		Expect(spent(budget.Bytes)).To(Equal(first))
	})

	It("report why a password is missing, and never block", func() {
		tree.deploy("x.p12", keyStore(password, leaf))
		tree.write("var/vcap/data/x", "")
		Expect(syscall.Mkfifo(filepath.Join(tree.root, "var/vcap/data/fifo"), 0o600)).To(Succeed())
		tree.options.Passwords = []keystore.Password{
			{Glob: "**/*.p12", File: "/var/vcap/data/none"}, {Glob: "**/*.p12", File: "/var/vcap/data/fifo"},
		}
		inventory := tree.scan()
		expectLocked(inventory)
		Expect(inventory.Problems[0].Reason).To(And(
			ContainSubstring("read the password in /var/vcap/data/none: it does not exist"),
			ContainSubstring("read the password in /var/vcap/data/fifo: it is not a regular file")))
	})

	Describe("between two scans", func() {
		var scanner *discover.Scanner
		again := func() *discover.Inventory {
			GinkgoHelper()
			inventory, err := scanner.Scan(context.Background())
			Expect(err).NotTo(HaveOccurred())
			return inventory
		}
		BeforeEach(func() {
			tree.deploy("x.p12", keyStore(password, leaf))
			tree.write("var/vcap/data/password", "yesterday's")
			tree.options.Passwords = []keystore.Password{{Glob: "**/*.p12", File: "/var/vcap/data/password"}}
			scanner = discover.NewScanner(tree.options)
			discover.SetClock(scanner, func() time.Time { return time.Now().Add(time.Minute) })
			expectLocked(again())
		})

		It("are not read again while neither they nor their passwords change", func() {
			discover.Poison(scanner)
			expectLocked(again())
		})

		It("are tried again with a new password, and then remembered", func() {
			tree.write("var/vcap/data/password", password)
			Expect(foundIn(again())).To(HaveLen(1))
			discover.Poison(scanner)
			tree.write("var/vcap/data/password", "tomorrow's")
			Expect(foundIn(again())).To(HaveLen(1), "what is open needs no password")
		})
	})
})
