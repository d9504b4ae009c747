package atomicfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/atomicfile"
)

var _ = Describe("a file in a directory to which others may write", func() {
	var dir string

	BeforeEach(func() { dir = GinkgoT().TempDir() })

	It("is read", func() {
		Expect(os.Mkdir(filepath.Join(dir, "status"), 0o700)).To(Succeed())
		Expect(atomicfile.Write(filepath.Join(dir, "status/x"), 0o600, []byte("text"))).To(Succeed())
		Expect(atomicfile.Read(dir, "status/x", 4)).To(BeEquivalentTo("text"))
	})

	It("is missing with the usual error", func() {
		_, err := atomicfile.Read(dir, "x", 1)
		Expect(err).To(MatchError(os.ErrNotExist))
		Expect(err).To(MatchError("read " + filepath.Join(dir, "x") + ": no such file or directory"))
	})

	DescribeTable("is refused without reading it", func(make func(path string) error, why string) {
		path := filepath.Join(dir, "status", "x")
		Expect(os.Mkdir(filepath.Dir(path), 0o700)).To(Succeed())
		Expect(make(path)).To(Succeed())
		_, err := atomicfile.Read(dir, "status/x", 1<<20)
		Expect(err).To(MatchError("read " + path + ": " + why))
	},
		Entry("a link to a file outside", func(path string) error { return os.Symlink("/etc/passwd", path) }, "it is a link to a file outside its directory"),
		Entry("a relative link to a file outside", func(path string) error { return os.Symlink("../../../../etc/passwd", path) }, "it is a link to a file outside its directory"),
		Entry("a link in place of its directory", func(path string) error {
			if err := os.Remove(filepath.Dir(path)); err != nil {
				return err
			}
			return os.Symlink("/etc", filepath.Dir(path))
		}, "it is a link to a file outside its directory"),
		Entry("a link to itself", func(path string) error { return os.Symlink("x", path) }, "too many levels of symbolic links"),
		Entry("a pipe that nothing writes to", func(path string) error { return syscall.Mkfifo(path, 0o600) }, "it is not a regular file"),
		Entry("a directory", func(path string) error { return os.Mkdir(path, 0o700) }, "it is not a regular file"),
		Entry("a hard link", func(path string) error {
			other := filepath.Join(filepath.Dir(filepath.Dir(path)), "other")
			if err := os.WriteFile(other, nil, 0o600); err != nil {
				return err
			}
			return os.Link(other, path)
		}, "it is a hard link to another file"),
		Entry("a sparse file of a gigabyte", func(path string) error {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				return err
			}
			return os.Truncate(path, 1<<30)
		}, "it has more than 1048576 bytes"),
		Entry("a file of another user", func(path string) error {
			if os.Getuid() != 0 {
				Skip("only root can give files away")
			}
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				return err
			}
			return os.Chown(path, 4321, 4321)
		}, "it belongs neither to the owner of its directory nor to root"),
	)

	It("has errors that contain nothing of its contents", func() {
		for _, contents := range []string{`secret`, `{"n": "secret"}`, `{"n": 1e999}`, strings.Repeat("[", 1<<20)} {
			Expect(os.WriteFile(filepath.Join(dir, "x"), []byte(contents), 0o600)).To(Succeed())
			var value struct{ N int }
			Expect(atomicfile.ReadJSON(dir, "x", 1<<20, &value)).To(MatchError("read " + filepath.Join(dir, "x") + ": it is not a JSON document of the expected form"))
		}
		Expect(os.WriteFile(filepath.Join(dir, "x"), []byte(`{"n": 3, "more": {}}`), 0o600)).To(Succeed())
		var value struct{ N int }
		Expect(atomicfile.ReadJSON(dir, "x", 1<<20, &value)).To(Succeed())
		Expect(value.N).To(Equal(3))
	})

	It("can be updated when it has become a pipe or a link", func() {
		for _, make := range []func(path string) error{
			func(path string) error { return syscall.Mkfifo(path, 0o600) },
			func(path string) error { return os.Symlink("/dev/zero", path) },
		} {
			path := filepath.Join(dir, "x")
			Expect(os.RemoveAll(path)).To(Succeed())
			Expect(make(path)).To(Succeed())
			Expect(atomicfile.Update(path, 0o600, []byte("new"))).To(Succeed())
			Expect(atomicfile.Read(dir, "x", 3)).To(BeEquivalentTo("new"))
		}
	})
})
