package discover_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/scenario"
)

var _ = Describe("Scan", func() {
	var (
		root     string
		ca, leaf *scenario.Pair
		options  discover.Options
	)

	BeforeEach(func() {
		root = GinkgoT().TempDir()
		options = discover.Options{Root: root}
		ca = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		leaf = scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
	})

	deploy := func(jobs map[string]scenario.Files) {
		GinkgoHelper()
		Expect(scenario.VM{Jobs: jobs}.Write(root)).To(Succeed())
	}
	scan := func() *discover.Inventory {
		GinkgoHelper()
		inventory, err := discover.Scan(context.Background(), options)
		Expect(err).NotTo(HaveOccurred())
		return inventory
	}
	places := func(inventory *discover.Inventory) []string {
		var list []string
		for _, deployed := range inventory.Deployed {
			for _, l := range deployed.Locations {
				list = append(list, fmt.Sprintf("%s %s %s:%d", deployed.Certificate.Name(), l.Job, l.File, l.Line))
			}
		}
		slices.Sort(list)
		return list
	}
	write := func(path, contents string) string {
		GinkgoHelper()
		full := filepath.Join(root, path)
		Expect(os.MkdirAll(filepath.Dir(full), 0o755)).To(Succeed())
		Expect(os.WriteFile(full, []byte(contents), 0o640)).To(Succeed())
		return full
	}
	jobDir := func(job string) string {
		GinkgoHelper()
		link, err := os.Readlink(filepath.Join(root, "var/vcap/jobs", job))
		Expect(err).NotTo(HaveOccurred())
		return filepath.Join(root, link)
	}

	It("finds certificates in every file of every job, whatever its name", func() {
		deploy(map[string]scenario.Files{
			"rep": {"config/certs/server.crt": leaf.CertPEM(), "bin/start": "cat <<E\n" + ca.CertPEM() + "E\n", "monit": "\n"},
			"bbs": {"certificates/deep/er/x": string(ca.X509.Raw), "config/empty.crt": "", "config/newline.crt": "\n"},
		})
		inventory := scan()
		Expect(places(inventory)).To(Equal([]string{
			"ca bbs /var/vcap/jobs/bbs/certificates/deep/er/x:0",
			"ca rep /var/vcap/jobs/rep/bin/start:2",
			"leaf rep /var/vcap/jobs/rep/config/certs/server.crt:1",
		}))
		Expect(inventory.Problems).To(BeEmpty())
		Expect(inventory.Files).To(Equal(discover.Files{With: 3, Without: 3}))
	})

	It("lists a certificate once, with every placement", func() {
		deploy(map[string]scenario.Files{
			"a": {"1": leaf.CertPEM(), "2": leaf.CertPEM() + leaf.CertPEM()}, "b": {"1": `{"c":` + fmt.Sprintf("%q", leaf.CertPEM()) + `}`},
		})
		Expect(scan().Deployed).To(HaveLen(1))
		Expect(scan().Deployed[0].Locations).To(HaveLen(4))
	})

	It("gives a CA the role trust only if all its locations are bundles", func() {
		other := scenario.Issue(scenario.Spec{CommonName: "other", CA: true})
		deploy(map[string]scenario.Files{"a": {"bundle": ca.CertPEM() + other.CertPEM(), "single": ca.CertPEM()}})
		roles := map[string]cert.Role{}
		for _, deployed := range scan().Deployed {
			roles[deployed.Certificate.Name()] = deployed.Role
		}
		Expect(roles).To(Equal(map[string]cert.Role{"ca": cert.CA, "other": cert.Trust}))
	})

	It("follows the job's link one level, below the root, and no other link", func() {
		secret := write("etc/foreign.pem", ca.CertPEM())
		deploy(map[string]scenario.Files{"a": {"config/own.pem": leaf.CertPEM()}})
		for name, target := range map[string]string{
			"packages": "/var/vcap/packages", "config/out.pem": secret, "config/up": "../../..",
			"config/loop": "loop", "config/again": ".", "config/same.pem": "own.pem",
		} {
			Expect(os.Symlink(target, filepath.Join(jobDir("a"), name))).To(Succeed())
		}
		inventory := scan()
		Expect(places(inventory)).To(Equal([]string{"leaf a /var/vcap/jobs/a/config/own.pem:1"}))
		Expect(inventory.Problems).To(BeEmpty())
	})

	It("never leaves the root, whatever the target of a job's link", func() {
		outside := GinkgoT().TempDir()
		Expect(os.WriteFile(filepath.Join(outside, "x.pem"), []byte(ca.CertPEM()), 0o600)).To(Succeed())
		jobs := filepath.Join(root, "var/vcap/jobs")
		Expect(os.MkdirAll(jobs, 0o755)).To(Succeed())
		Expect(os.Symlink(outside, filepath.Join(jobs, "evil"))).To(Succeed())
		Expect(os.Symlink("../../../../../../../../"+outside, filepath.Join(jobs, "worse"))).To(Succeed())
		Expect(os.Symlink("self", filepath.Join(jobs, "self"))).To(Succeed())
		inventory := scan()
		Expect(inventory.Deployed).To(BeEmpty())
		Expect(inventory.Problems).To(HaveLen(3))
		for _, problem := range inventory.Problems {
			Expect(problem.Kind).To(Equal(discover.Access))
		}
	})

	It("scans a job that is a directory and not a link, and no files next to the jobs", func() {
		write("var/vcap/jobs/plain/x.pem", leaf.CertPEM())
		write("var/vcap/jobs/stray.pem", ca.CertPEM())
		Expect(places(scan())).To(Equal([]string{"leaf plain /var/vcap/jobs/plain/x.pem:1"}))
	})

	It("scans further paths, files and directories, and excludes by glob", func() {
		write("var/vcap/jobs/a/keep.pem", leaf.CertPEM())
		write("var/vcap/jobs/a/skip/x.pem", ca.CertPEM())
		write("var/vcap/store/ssl/x.pem", ca.CertPEM())
		write("etc/one.pem", ca.CertPEM())
		options.Paths = []string{"/var/vcap/store/ssl", "/etc/one.pem", "/not/there"}
		options.Exclude = []string{"/var/vcap/jobs/*/skip"}
		inventory := scan()
		Expect(places(inventory)).To(Equal([]string{
			"ca  /etc/one.pem:1", "ca  /var/vcap/store/ssl/x.pem:1", "leaf a /var/vcap/jobs/a/keep.pem:1",
		}))
		Expect(inventory.Problems).To(HaveLen(1))
		Expect(inventory.Problems[0].File).To(Equal("/not/there"))
	})

	It("reports a broken block by file and line", func() {
		deploy(map[string]scenario.Files{"a": {"x": "\n" + leaf.CertPEM()[:200] + "\n" + ca.CertPEM()}})
		inventory := scan()
		Expect(inventory.Deployed).To(HaveLen(1))
		Expect(inventory.Problems).To(ConsistOf(discover.Problem{
			Job: "a", File: "/var/vcap/jobs/a/x", Line: 2, Kind: discover.Block, Reason: "its END line is missing"}))
		Expect(inventory.Files.Unreadable).To(Equal(1))
	})

	It("reads a file up to the limit, and names the limit", func() {
		options.MaxFileSize = 200_000
		write("var/vcap/jobs/a/huge", leaf.CertPEM()+strings.Repeat("text\n", 50_000)+ca.CertPEM())
		write("var/vcap/jobs/a/huge.bin", "\x7fELF\x00"+strings.Repeat("text\n", 50_000)+ca.CertPEM())
		inventory := scan()
		Expect(places(inventory)).To(Equal([]string{"leaf a /var/vcap/jobs/a/huge:1"}))
		Expect(inventory.Problems).To(HaveLen(1))
		Expect(inventory.Problems[0].Reason).To(Equal("it is larger than max_file_size (200000 bytes); the rest was not read"))
		Expect(inventory.Files).To(Equal(discover.Files{Without: 1, Unreadable: 1}))
	})

	It("finds a certificate anywhere in a file that is larger than the buffer", func() {
		write("var/vcap/jobs/a/large", strings.Repeat("text\n", 80_000)+leaf.CertPEM())
		Expect(places(scan())).To(Equal([]string{"leaf a /var/vcap/jobs/a/large:80001"}))
	})

	It("ignores FIFOs and sockets, and does not block", func() {
		deploy(map[string]scenario.Files{"a": {"x.pem": leaf.CertPEM()}})
		Expect(syscall.Mkfifo(filepath.Join(jobDir("a"), "pipe.pem"), 0o644)).To(Succeed())
		inventory := scan()
		Expect(inventory.Problems).To(BeEmpty())
		Expect(inventory.Files.Total()).To(Equal(1))
	})

	It("reports unreadable files once each, and goes on", func() {
		if os.Getuid() == 0 {
			Skip("root may read everything; the end-to-end suite drops its privileges")
		}
		deploy(map[string]scenario.Files{"a": {"open": leaf.CertPEM(), "shut": ca.CertPEM(), "dir/x": ca.CertPEM()}})
		Expect(os.Chmod(filepath.Join(jobDir("a"), "shut"), 0)).To(Succeed())
		Expect(os.Chmod(filepath.Join(jobDir("a"), "dir"), 0)).To(Succeed())
		DeferCleanup(os.Chmod, filepath.Join(jobDir("a"), "dir"), fs.FileMode(0o755))
		inventory := scan()
		Expect(places(inventory)).To(Equal([]string{"leaf a /var/vcap/jobs/a/open:1"}))
		Expect(inventory.Problems).To(HaveLen(2))
	})

	It("names the missing directory if there is nothing to scan", func() {
		_, err := discover.Scan(context.Background(), options)
		Expect(err).To(MatchError(discover.ErrNothing))
		Expect(err).To(MatchError(ContainSubstring(discover.JobsDir)))
	})

	It("ends with its context, and reports the progress", func() {
		deploy(map[string]scenario.Files{"a": {"x": leaf.CertPEM()}})
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := discover.Scan(ctx, options)
		Expect(err).To(MatchError(context.Canceled))
	})

	It("stops at the limit of files, and reports it", func() {
		options.MaxFiles = 3
		files := scenario.Files{}
		for i := range 9 {
			files[fmt.Sprint("f", i)] = "text"
		}
		deploy(map[string]scenario.Files{"a": files})
		inventory := scan()
		Expect(inventory.Files.Total()).To(Equal(3))
		Expect(inventory.Problems).To(HaveLen(1))
		Expect(inventory.Problems[0].Reason).To(Equal("it has more than 3 files: the other files were not read"))
	})

	It("limits the nesting of directories", func() {
		write("var/vcap/jobs/a/"+strings.Repeat("d/", 80)+"x.pem", leaf.CertPEM())
		Expect(scan().Problems).To(HaveLen(1))
		Expect(scan().Problems[0].Reason).To(Equal("more than 64 directories are nested there; the files in it were not read"))
	})

	It("gives every regular file exactly one outcome", func() {
		deploy(map[string]scenario.Files{
			"a": {"1": leaf.CertPEM(), "2": "text", "3": "", "4": "\x00binary", "5": leaf.CertPEM()[:99], "6": string(ca.X509.Raw)},
			"b": {"d/1": "-----BEGIN CERTIFICATE-----\n", "d/e/2": leaf.KeyPEM(), "3": string(ca.X509.Raw[:50])},
		})
		count := 0
		Expect(filepath.WalkDir(filepath.Join(root, "var/vcap/data/jobs"), func(_ string, entry fs.DirEntry, err error) error {
			if entry.Type().IsRegular() {
				count++
			}
			return err
		})).To(Succeed())
		inventory := scan()
		Expect(inventory.Files.Total()).To(Equal(count))
		Expect(inventory.Files).To(Equal(discover.Files{With: 2, Without: 4, Unreadable: 3}))
		Expect(inventory.Problems).To(HaveLen(3))
	})

	It("finds all certificates during a deploy", func() {
		vm := scenario.VM{Jobs: map[string]scenario.Files{}}
		for i := range 30 {
			vm.Jobs[fmt.Sprint("job", i)] = scenario.Files{"a.pem": leaf.CertPEM(), "b.pem": leaf.CertPEM()}
		}
		Expect(vm.Write(root)).To(Succeed())
		done, stop := context.WithCancel(context.Background())
		deployed := make(chan error, 1)
		go func() {
			defer GinkgoRecover()
			for round := 0; done.Err() == nil; round++ {
				for _, files := range vm.Jobs {
					files["round"] = fmt.Sprint(round)
				}
				if err := vm.Write(root); err != nil {
					deployed <- err
					return
				}
			}
			deployed <- nil
		}()
		for range 20 {
			inventory := scan()
			Expect(inventory.Files.Total()).To(BeNumerically(">", 0))
			for _, problem := range inventory.Problems {
				Expect(problem.File).To(MatchRegexp("^/var/vcap/jobs/job[0-9]+$"), "only a link in the middle of its swap may be missing")
			}
		}
		stop()
		Eventually(deployed).Should(Receive(BeNil()))
	})
})

var _ = Describe("Inspect", func() {
	It("reads files, standard input and links, and goes on after an unreadable file", func() {
		dir := GinkgoT().TempDir()
		a := scenario.Issue(scenario.Spec{CommonName: "a"})
		b := scenario.Issue(scenario.Spec{CommonName: "b"})
		file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
		Expect(os.WriteFile(file, a.X509.Raw, 0o600)).To(Succeed())
		Expect(os.Symlink("file", link)).To(Succeed())
		inventory := discover.Inspect(context.Background(), []string{dir, link, filepath.Join(dir, "none"), discover.Stdin}, strings.NewReader("x\n"+b.CertPEM()))
		Expect(inventory.Deployed).To(HaveLen(2))
		Expect(inventory.Deployed[0].Locations).To(HaveLen(2), "in the directory and by the link")
		Expect(inventory.Deployed[1].Locations[0]).To(Equal(cert.Location{File: "-", Line: 2, Form: cert.PEM}))
		Expect(inventory.Problems).To(Equal([]discover.Problem{{File: filepath.Join(dir, "none"), Kind: discover.Vanished, Reason: "it does not exist, or no longer exists"}}))
		Expect(inventory.Files).To(Equal(discover.Files{With: 3}), "a missing file is not a file")
	})
})
