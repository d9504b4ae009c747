package repair_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/sys/unix"

	"cert-health/internal/repair"
	"cert-health/internal/scenario"
)

var _ = Describe("Apply", func() {
	var p pki
	var v vm
	var before map[string]string
	BeforeEach(func() {
		p = newPKI("rep", nil)
		v = newVM(map[string]scenario.Files{"rep": {"tls.crt": "# by hand\r\n" + p.old.CertPEM() + "\n", "tls.key": p.old.KeyPEM(), "ca.crt": p.ca.CertPEM()}})
		before = v.everything()
	})
	ready := func() *repair.Repair {
		GinkgoHelper()
		r, err := v.prepare(by(p.old, p.issued))
		Expect(err).NotTo(HaveOccurred())
		return r
	}

	It("writes the files, keeps all else, saves the old ones for root alone, and brings them back", func() {
		Expect(os.Chmod(v.real("rep", "tls.key"), 0o604)).To(Succeed())
		attributes := unix.Setxattr(v.real("rep", "tls.crt"), "user.note", []byte("x"), 0) == nil
		if os.Getuid() == 0 {
			Expect(os.Chown(v.real("rep", "tls.key"), 12, 34)).To(Succeed())
		}
		before = v.everything()
		store := v.store()
		j, err := store.Apply(ready(), v.now)
		Expect(err).NotTo(HaveOccurred())
		Expect(v.contents("rep", "tls.crt")).To(Equal("# by hand\r\n" + p.issued.CertPEM() + "\n"))
		Expect(v.contents("rep", "tls.key")).To(Equal(p.issued.KeyPEM()))
		info, err := os.Stat(v.real("rep", "tls.key"))
		Expect(err).NotTo(HaveOccurred())
		Expect(info.Mode().Perm()).To(Equal(os.FileMode(0o604)))
		if os.Getuid() == 0 {
			Expect(info.Sys().(*syscall.Stat_t)).To(And(HaveField("Uid", uint32(12)), HaveField("Gid", uint32(34))))
		}
		if attributes {
			value := make([]byte, 10)
			Expect(unix.Getxattr(v.real("rep", "tls.crt"), "user.note", value)).To(Equal(1))
		}
		saved := filepath.Join(v.root, j.Place())
		Expect(filepath.WalkDir(saved, func(path string, entry os.DirEntry, err error) error {
			info, _ := entry.Info()
			Expect(info.Mode().Perm() & 0o077).To(BeZero())
			return err
		})).To(Succeed())
		journal, err := os.ReadFile(filepath.Join(saved, "journal.json"))
		Expect(err).NotTo(HaveOccurred())
		Expect(string(journal)).NotTo(ContainSubstring("BEGIN"))
		Expect(filepath.Glob(filepath.Join(filepath.Dir(v.real("rep", "tls.key")), ".*"))).To(BeEmpty())

		outcome, err := store.Undo(j)
		Expect(err).NotTo(HaveOccurred())
		Expect(outcome.Restored).To(HaveLen(2))
		Expect(v.everything()).To(Equal(before))
		Expect(store.Last()).To(BeNil())
	})

	It("changes nothing if another process changes a file after the plan, and loses nothing of it", func() {
		r := ready()
		Expect(os.WriteFile(v.real("rep", "tls.key"), []byte("other\n"), 0o600)).To(Succeed())
		before = v.everything()
		_, err := v.store().Apply(r, v.now)
		Expect(err).To(MatchError(And(ContainSubstring("another process changed it meanwhile"), ContainSubstring("another process changed: their old contents are in"))))
		Expect(v.everything()).To(Equal(before))
	})

	It("loses nothing of a process that changes a file in the very moment", func() {
		store, r := v.store(), ready()
		store.Watch(func(step string) {
			if step == "journal writing" {
				Expect(os.WriteFile(v.real("rep", "tls.key"), []byte("other\n"), 0o600)).To(Succeed())
			}
		})
		_, err := store.Apply(r, v.now)
		Expect(err).To(HaveOccurred())
		Expect(v.contents("rep", "tls.key")).To(Equal("other\n"))
		Expect(v.contents("rep", "tls.crt")).To(ContainSubstring(p.old.CertPEM()))
	})

	It("is refused while another repair runs", func() {
		v.store()
		_, err := repair.Open(v.root)
		Expect(err).To(MatchError(ContainSubstring("another repair is running")))
	})

	It("is refused if others may read or replace the saved files", func() {
		dir := filepath.Join(v.root, repair.Directory)
		Expect(os.MkdirAll(dir, 0o755)).To(Succeed())
		_, err := repair.Open(v.root)
		Expect(err).To(MatchError(ContainSubstring("does not belong to this user alone")))
	})

	It("does not undo over what a deploy brought, and says so", func() {
		store := v.store()
		j, err := store.Apply(ready(), v.now)
		Expect(err).NotTo(HaveOccurred())
		v.deploy(map[string]scenario.Files{"rep": {"tls.crt": p.issued.CertPEM(), "tls.key": p.issued.KeyPEM(), "ca.crt": p.ca.CertPEM()}})
		outcome, err := store.Undo(j)
		Expect(err).NotTo(HaveOccurred())
		Expect(outcome.Deployed).To(HaveLen(2))
		Expect(v.contents("rep", "tls.key")).To(Equal(p.issued.KeyPEM()))
	})

	It("does not undo over what another process wrote after the repair", func() {
		store := v.store()
		j, err := store.Apply(ready(), v.now)
		Expect(err).NotTo(HaveOccurred())
		Expect(os.WriteFile(v.real("rep", "tls.key"), []byte("other\n"), 0o600)).To(Succeed())
		_, err = store.Undo(j)
		Expect(err).To(MatchError(And(ContainSubstring("tls.key"), ContainSubstring("nothing was undone"), ContainSubstring(j.Place()))))
		Expect(v.contents("rep", "tls.crt")).To(ContainSubstring(p.issued.CertPEM()))
	})

	Context("on a small file system", func() {
		BeforeEach(func() {
			if os.Getuid() != 0 {
				Skip("it needs root")
			}
		})
		mount := func(target, options string, flags uintptr) {
			GinkgoHelper()
			if err := syscall.Mount("tmpfs", target, "tmpfs", flags, options); err != nil {
				Skip("no file system can be mounted here: " + err.Error())
			}
			DeferCleanup(func() { Expect(syscall.Unmount(target, syscall.MNT_DETACH)).To(Succeed()) })
		}
		copied := func(target string) {
			GinkgoHelper()
			mount(target, "size=64k", 0)
			for name, contents := range map[string]string{"tls.crt": p.old.CertPEM(), "tls.key": p.old.KeyPEM(), "ca.crt": p.ca.CertPEM()} {
				Expect(os.WriteFile(filepath.Join(target, name), []byte(contents), 0o640)).To(Succeed())
			}
		}

		It("changes nothing if the disk of a job is full", func() {
			target := filepath.Dir(v.real("rep", "tls.crt"))
			copied(target)
			r := ready()
			_ = exec.Command("dd", "if=/dev/zero", "of="+filepath.Join(target, "fill"), "bs=4k").Run()
			_, err := v.store().Apply(r, v.now)
			Expect(err).To(MatchError(And(ContainSubstring("no space left"), ContainSubstring("all files are as they were"))))
			Expect(v.contents("rep", "tls.key")).To(Equal(p.old.KeyPEM()))
			Expect(filepath.Glob(filepath.Join(target, ".*"))).To(BeEmpty())
		})

		It("changes nothing if the disk of the saved files is full, or a job's is read-only", func() {
			dir := filepath.Join(v.root, repair.Directory)
			Expect(os.MkdirAll(dir, 0o700)).To(Succeed())
			mount(dir, "size=16k,mode=700", 0)
			_ = exec.Command("dd", "if=/dev/zero", "of="+filepath.Join(dir, "fill"), "bs=4k").Run()
			_, err := v.store().Apply(ready(), v.now)
			Expect(err).To(MatchError(And(ContainSubstring("no space left"), ContainSubstring("nothing was changed"))))
			Expect(v.everything()).To(Equal(before))
		})

		It("changes nothing if the disk of a job is read-only", func() {
			target := filepath.Dir(v.real("rep", "tls.crt"))
			copied(target)
			Expect(syscall.Mount("", target, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "")).To(Succeed())
			_, err := v.store().Apply(ready(), v.now)
			Expect(err).To(MatchError(And(ContainSubstring("read-only file system"), ContainSubstring("all files are as they were"))))
		})
	})
})
