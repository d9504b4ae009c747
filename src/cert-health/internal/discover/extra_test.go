package discover_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/scenario"
)

var _ = Describe("the VM's own files", func() {
	var (
		root           string
		ca, agent, old *scenario.Pair
		options        discover.Options
	)

	write := func(file, contents string) {
		GinkgoHelper()
		path := filepath.Join(root, file)
		Expect(os.MkdirAll(filepath.Dir(path), 0o755)).To(Succeed())
		Expect(os.WriteFile(path, []byte(contents), 0o600)).To(Succeed())
	}
	scan := func() *discover.Inventory {
		GinkgoHelper()
		inventory, err := discover.Scan(context.Background(), options)
		Expect(err).NotTo(HaveOccurred())
		return inventory
	}
	places := func(inventory *discover.Inventory) []string {
		list := []string{}
		for _, deployed := range inventory.Deployed {
			for _, l := range deployed.Locations {
				list = append(list, fmt.Sprintf("%s %s %s %s %s", deployed.Certificate.Name(), deployed.Role, l.Place(), l.Class, l.Form))
			}
		}
		return list
	}

	BeforeEach(func() {
		root = GinkgoT().TempDir()
		Expect(os.MkdirAll(filepath.Join(root, "var/vcap/jobs"), 0o755)).To(Succeed())
		ca = scenario.Issue(scenario.Spec{CommonName: "default.nats-ca.bosh-internal", CA: true})
		agent = scenario.Issue(scenario.Spec{CommonName: "new.agent.bosh-internal", Client: true, Issuer: ca})
		old = scenario.Issue(scenario.Spec{CommonName: "old.agent.bosh-internal", Client: true, Issuer: ca})
		options = discover.Options{Root: root}
		for _, name := range discover.BuiltIn() {
			options.Extra = append(options.Extra, discover.Own(name)...)
		}
	})

	It("are not a problem if they are missing", func() {
		inventory := scan()
		Expect(inventory.Problems).To(BeEmpty())
		Expect(inventory.Files.Total()).To(BeZero())
	})

	Describe("bosh-agent's settings", func() {
		const directory = "var/vcap/bosh/"
		mbus := func(pair *scenario.Pair) map[string]any {
			return map[string]any{"urls": []string{"nats://10.0.0.6:4222"},
				"cert": map[string]any{"ca": ca.CertPEM(), "certificate": pair.CertPEM(), "private_key": pair.KeyPEM()}}
		}
		text := func(document any) string {
			GinkgoHelper()
			contents, err := json.Marshal(document)
			Expect(err).NotTo(HaveOccurred())
			return string(contents)
		}
		settings := func(pair *scenario.Pair) string {
			return text(map[string]any{"agent_id": "3f2a", "mbus": "nats://nats:s3cret@10.0.0.6:4222",
				"blobstore": map[string]any{"options": map[string]any{"password": "s3cret", "tls": map[string]any{"cert": map[string]any{"ca": old.CertPEM()}}}},
				"env":       map[string]any{"bosh": map[string]any{"password": "$6$s3cret", "mbus": mbus(pair)}}})
		}
		update := func(pair *scenario.Pair) string {
			return text(map[string]any{"trusted_certs": old.CertPEM(), "mbus": mbus(pair)})
		}
		ofSettings := []string{
			"old.agent.bosh-internal leaf /var/vcap/bosh/settings.json [env.bosh.mbus.cert.certificate] agent pem-json",
			"default.nats-ca.bosh-internal ca /var/vcap/bosh/settings.json [env.bosh.mbus.cert.ca] agent pem-json",
		}
		ofUpdate := []string{
			"new.agent.bosh-internal leaf /var/vcap/bosh/update_settings.json [mbus.cert.certificate] agent pem-json",
			"default.nats-ca.bosh-internal ca /var/vcap/bosh/update_settings.json [mbus.cert.ca] agent pem-json",
		}

		It("contain the certificate and CA for NATS, and nothing else is read", func() {
			write(directory+"settings.json", settings(old))
			inventory := scan()
			Expect(places(inventory)).To(Equal(ofSettings))
			Expect(inventory.Problems).To(BeEmpty())
			Expect(inventory.Compared()).To(BeEmpty())
			Expect(fmt.Sprintf("%+v", inventory)).NotTo(ContainSubstring("s3cret"))
		})

		It("are superseded by their update, so that a rotated certificate does not look expired", func() {
			write(directory+"settings.json", settings(old))
			write(directory+"update_settings.json", update(agent))
			Expect(places(scan())).To(Equal(ofUpdate))
			// The Director may have sent nothing but other settings.
			write(directory+"update_settings.json", text(map[string]any{"trusted_certs": "", "mbus": map[string]any{"cert": map[string]any{}}}))
			Expect(places(scan())).To(Equal(ofSettings))
		})

		It("are found in memory, and outdated ones on disk do not count", func() {
			write(directory+"settings.json", settings(agent))
			write(directory+"settings/settings.json", settings(old))
			past := time.Now().Add(-time.Hour)
			Expect(os.Chtimes(filepath.Join(root, directory, "settings.json"), past, past)).To(Succeed())
			Expect(places(scan())).To(HaveLen(2))
			Expect(places(scan())[0]).To(HavePrefix("old.agent.bosh-internal leaf /var/vcap/bosh/settings/settings.json"))
			past = past.Add(-time.Hour)
			Expect(os.Chtimes(filepath.Join(root, directory, "settings/settings.json"), past, past)).To(Succeed())
			Expect(places(scan())[0]).To(HavePrefix("new.agent.bosh-internal leaf /var/vcap/bosh/settings.json"))
		})

		It("are ignored while one of them cannot be read, because that may be in force", func() {
			write(directory+"settings.json", settings(old))
			for contents, reason := range map[string]string{
				`{"mbus": {"cert": "s3cret"`:                                                                  "it is not JSON as bosh-agent writes it",
				`{"mbus": {"cert": {"ca": "` + agent.CertPEM()[:99] + `"}}}`:                                  "it is not JSON as bosh-agent writes it",
				text(map[string]any{"mbus": map[string]any{"cert": map[string]any{"ca": ca.CertPEM()[:99]}}}): "mbus.cert.ca: its END line is missing",
			} {
				write(directory+"update_settings.json", contents)
				inventory := scan()
				Expect(inventory.Deployed).To(BeEmpty(), contents)
				Expect(inventory.Problems).To(ConsistOf(discover.Problem{
					File: "/var/vcap/bosh/update_settings.json", Class: cert.AgentFile, Kind: discover.Block, Reason: reason}))
			}
		})

		It("of a VM of bosh create-env belong to a server, which does not use the CA", func() {
			server := scenario.Issue(scenario.Spec{CommonName: "10.0.0.6", Server: true, Issuer: ca})
			write(directory+"settings.json", settings(server))
			Expect(places(scan())).To(Equal([]string{"10.0.0.6 leaf /var/vcap/bosh/settings.json [env.bosh.mbus.cert.certificate] agent pem-json"}))
		})

		It("that are not JSON are read once", func() {
			scanner := discover.NewScanner(options)
			discover.SetClock(scanner, func() time.Time { return time.Now().Add(time.Minute) })
			write(directory+"settings.json", "no JSON")
			for range 2 {
				inventory, err := scanner.Scan(context.Background())
				Expect(err).NotTo(HaveOccurred())
				Expect(inventory.Problems).To(ConsistOf(HaveField("Reason", "it is not JSON as bosh-agent writes it")))
				discover.Poison(scanner)
			}
		})

		It("are read again when they change, and not before", func() {
			scanner := discover.NewScanner(options)
			discover.SetClock(scanner, func() time.Time { return time.Now().Add(time.Minute) })
			write(directory+"settings.json", settings(old))
			for range 2 {
				inventory, err := scanner.Scan(context.Background())
				Expect(err).NotTo(HaveOccurred())
				Expect(places(inventory)).To(Equal(ofSettings))
				discover.Poison(scanner)
			}
		})
	})

	It("trusted by the VM are members of a trust store, and not compared", func() {
		write("usr/local/share/ca-certificates/bosh-trusted-cert-1.crt", ca.CertPEM())
		write("usr/local/share/ca-certificates/corporate.crt", ca.CertPEM())
		write("var/vcap/jobs/rep/ca.pem", old.CertPEM())
		inventory := scan()
		Expect(places(inventory)).To(Equal([]string{
			"old.agent.bosh-internal leaf rep ca.pem:1  pem",
			"default.nats-ca.bosh-internal trust /usr/local/share/ca-certificates/bosh-trusted-cert-1.crt:1 trust pem",
		}))
		Expect(inventory.Compared()).To(HaveLen(1))
	})

	It("of containers are counted with their validity, and their keys are not read", func() {
		const directory = "var/vcap/data/rep/shared/garden/instance_identity"
		for i := range 3 {
			write(fmt.Sprintf("%s/container-%d/instance.crt", directory, i), agent.CertPEM()+ca.CertPEM())
			write(fmt.Sprintf("%s/container-%d/instance.key", directory, i), agent.KeyPEM()[:99])
		}
		life := cert.Validity{NotBefore: agent.X509.NotBefore, NotAfter: agent.X509.NotAfter}
		inventory := scan()
		Expect(inventory.InstanceIdentities).To(Equal([]cert.InstanceIdentities{{Directory: "/" + directory, Validities: []cert.Validity{life, life, life}}}))
		Expect(inventory.Deployed).To(BeEmpty())
		Expect(inventory.Problems).To(BeEmpty())
		Expect(inventory.Files).To(Equal(discover.Files{With: 3}))
	})

	It("may be removed during the scan", func() {
		const directory = "var/vcap/data/rep/shared/garden/instance_identity"
		done, stop := context.WithCancel(context.Background())
		churned := make(chan struct{})
		go func() {
			defer close(churned)
			for n := 0; done.Err() == nil; n++ {
				path := filepath.Join(root, directory, fmt.Sprint(n%20))
				_ = os.MkdirAll(path, 0o755)
				_ = os.WriteFile(filepath.Join(path, "tmp"), []byte(agent.CertPEM()), 0o600)
				_ = os.Rename(filepath.Join(path, "tmp"), filepath.Join(path, "instance.crt"))
				_ = os.RemoveAll(filepath.Join(root, directory, fmt.Sprint((n+7)%20)))
			}
		}()
		for range 200 {
			Expect(scan().Problems).To(BeEmpty())
		}
		stop()
		Eventually(churned).Should(BeClosed())
	})

	Describe("named by a glob", func() {
		BeforeEach(func() { write("etc/ssl/own/a.pem", ca.CertPEM()) })

		It("are found at any depth, but not below links", func() {
			write("etc/ssl/deep/er/b.pem", agent.CertPEM())
			write("etc/ssl/deep/er/b.txt", old.CertPEM())
			Expect(os.Symlink("deep", filepath.Join(root, "etc/ssl/link"))).To(Succeed())
			options.Extra = []discover.Extra{{Glob: "/etc/ssl/**/*.pem", Class: cert.VMFile}}
			Expect(places(scan())).To(Equal([]string{
				"new.agent.bosh-internal leaf /etc/ssl/deep/er/b.pem:1 vm pem",
				"default.nats-ca.bosh-internal ca /etc/ssl/own/a.pem:1 vm pem",
			}))
		})

		It("have the first class that matches, and are neither excluded nor further paths", func() {
			options.Extra = []discover.Extra{{Glob: "/etc/ssl/own/*", Class: cert.TrustFile}, {Glob: "/etc/ssl/**", Class: cert.VMFile}}
			Expect(places(scan())).To(Equal([]string{"default.nats-ca.bosh-internal trust /etc/ssl/own/a.pem:1 trust pem"}))
			options.Paths = []string{"/etc/ssl/own/"}
			Expect(places(scan())).To(Equal([]string{"default.nats-ca.bosh-internal ca /etc/ssl/own/a.pem:1  pem"}))
			options.Paths, options.Exclude = nil, []string{"/etc/ssl/own"}
			Expect(places(scan())).To(BeEmpty())
		})

		DescribeTable("are limited, which is reported once",
			func(files, entries, found int, limit string) {
				for i := range 5 {
					write(fmt.Sprintf("etc/ssl/many/%d/x", i), "")
				}
				options.Extra = []discover.Extra{{Glob: "/etc/ssl/many/*/x", Class: cert.VMFile}}
				scanner := discover.NewScanner(options)
				discover.SetMaxCost(scanner, files, entries)
				inventory, err := scanner.Scan(context.Background())
				Expect(err).NotTo(HaveOccurred())
				Expect(inventory.Files.Total()).To(Equal(found))
				if limit == "" {
					Expect(inventory.Problems).To(BeEmpty())
					return
				}
				Expect(inventory.Problems).To(Equal([]discover.Problem{{File: "/etc/ssl/many/", Class: cert.VMFile, Kind: discover.Limit,
					Reason: "not all files that match /etc/ssl/many/*/x were scanned: " + limit}}))
			},
			Entry("within both", 5, 10, 5, ""),
			Entry("by the number of matches", 4, 10, 4, "it matches more than 4 files"),
			Entry("by the number of entries", 5, 7, 2, "there are more than 7 files to search"),
		)

		It("end at the limit of files, which is reported", func() {
			options.MaxFiles = 2
			for i := range 5 {
				write(fmt.Sprintf("etc/ssl/own/%d.pem", i), ca.CertPEM())
			}
			options.Extra = []discover.Extra{{Glob: "/etc/ssl/**", Class: cert.VMFile}}
			inventory := scan()
			Expect(inventory.Files.Total()).To(Equal(2))
			Expect(inventory.Problems).To(HaveLen(1))
		})
	})
})
