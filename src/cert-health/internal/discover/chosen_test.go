package discover_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/discover"
	"cert-health/internal/scenario"
)

var _ = Describe("Scan of chosen paths", func() {
	var (
		root string
		leaf *scenario.Pair
	)

	BeforeEach(func() {
		root = GinkgoT().TempDir()
		leaf = scenario.Issue(scenario.Spec{CommonName: "leaf"})
	})

	write := func(path string) {
		GinkgoHelper()
		full := filepath.Join(root, path)
		Expect(os.MkdirAll(filepath.Dir(full), 0o755)).To(Succeed())
		Expect(os.WriteFile(full, []byte(leaf.CertPEM()), 0o600)).To(Succeed())
	}
	link := func(target, path string) {
		GinkgoHelper()
		full := filepath.Join(root, path)
		Expect(os.MkdirAll(filepath.Dir(full), 0o755)).To(Succeed())
		Expect(os.Symlink(target, full)).To(Succeed())
	}
	// scan returns the inventory, and "job file" of each location.
	scan := func(paths ...string) (*discover.Inventory, []string) {
		GinkgoHelper()
		inventory, err := discover.Scan(context.Background(), discover.Options{Root: root, Only: paths})
		Expect(err).NotTo(HaveOccurred())
		var places []string
		for _, deployed := range inventory.Deployed {
			for _, l := range deployed.Locations {
				places = append(places, fmt.Sprintf("%s %s", l.Job, l.File))
			}
		}
		return inventory, places
	}

	It("reads files and directories, and nothing else", func() {
		write("etc/ssl/a.pem")
		write("etc/ssl/deep/b.pem")
		write("home/kubeconfig")
		write("home/other")
		Expect(scenario.VM{Jobs: map[string]scenario.Files{"web": {"config/x.pem": leaf.CertPEM()}}}.Write(root)).To(Succeed())
		inventory, places := scan("/etc/ssl/", "/home/kubeconfig")
		Expect(places).To(Equal([]string{" /etc/ssl/a.pem", " /etc/ssl/deep/b.pem", " /home/kubeconfig"}))
		Expect(inventory.Files).To(Equal(discover.Files{With: 3}))
		Expect(inventory.Problems).To(BeEmpty())
	})

	It("follows links to files outside, each once, and no link to a directory", func() {
		write("archive/cert1.pem")
		write("archive/dir/x.pem")
		write("live/own.pem")
		link("../archive/cert1.pem", "live/cert.pem")
		link("/archive/cert1.pem", "live/fullchain.pem")
		link("own.pem", "live/again.pem")
		link("../archive/dir", "live/dir")
		link("..", "live/loop")
		link("gone", "live/dangling")
		inventory, places := scan("/live")
		Expect(places).To(Equal([]string{" /live/cert.pem", " /live/own.pem"}))
		Expect(inventory.Problems).To(BeEmpty())
	})

	It("resolves relative and absolute links below the root", func() {
		write("var/vcap/data/jobs/web/1/config/x.pem")
		write("var/vcap/data/jobs/api/1/config/x.pem")
		link("../data/jobs/web/1", "var/vcap/jobs/web")
		link("/var/vcap/data/jobs/api/1", "var/vcap/jobs/api")
		link("../../../../../../../../var/vcap/data/jobs/api/1", "var/vcap/jobs/beyond")
		all := []string{"api /var/vcap/jobs/api/config/x.pem", "beyond /var/vcap/jobs/beyond/config/x.pem", "web /var/vcap/jobs/web/config/x.pem"}
		_, places := scan(discover.JobsDir)
		Expect(places).To(Equal(all))
		_, places = scan()
		Expect(places).To(Equal(all))
	})

	It("knows the job of a path below the jobs' directory", func() {
		Expect(scenario.VM{Jobs: map[string]scenario.Files{"web": {"config/x.pem": leaf.CertPEM()}}}.Write(root)).To(Succeed())
		for _, path := range []string{"/var/vcap/jobs/web", "/var/vcap/jobs/web/config", "/var/vcap/jobs/web/config/x.pem", discover.JobsDir} {
			_, places := scan(path)
			Expect(places).To(HaveLen(1), path)
			Expect(places[0]).To(HavePrefix("web /var/vcap/jobs/web/"))
		}
	})

	It("reports a path that is neither a file nor a directory", func() {
		Expect(syscall.Mkfifo(filepath.Join(root, "fifo"), 0o600)).To(Succeed())
		inventory, _ := scan("/fifo")
		Expect(inventory.Problems).To(Equal([]discover.Problem{{File: "/fifo", Kind: discover.Access, Reason: "it is neither a file nor a directory"}}))
	})
})
