package atomicfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/atomicfile"
)

func TestAtomicfile(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Atomicfile")
}

var _ = Describe("a file that is replaced atomically", func() {
	var dir, path string

	BeforeEach(func() {
		dir = GinkgoT().TempDir()
		path = filepath.Join(dir, "x.json")
	})

	contents := func() string {
		GinkgoHelper()
		read, err := os.ReadFile(path)
		Expect(err).NotTo(HaveOccurred())
		return string(read)
	}

	It("has the new contents and the mode, and no temporary file stays", func() {
		for _, text := range []string{"a", "b", ""} {
			Expect(atomicfile.Write(path, 0o646, []byte(text))).To(Succeed())
			Expect(contents()).To(Equal(text))
		}
		info, err := os.Stat(path)
		Expect(err).NotTo(HaveOccurred())
		Expect(info.Mode().Perm()).To(Equal(os.FileMode(0o646)), "whatever the umask is")
		Expect(os.ReadDir(dir)).To(HaveLen(1))
	})

	It("stays the same file when an update has the same contents", func() {
		Expect(atomicfile.Update(path, 0o600, []byte("a"))).To(Succeed())
		before, err := os.Stat(path)
		Expect(err).NotTo(HaveOccurred())
		Expect(atomicfile.Update(path, 0o600, []byte("a"))).To(Succeed())
		after, err := os.Stat(path)
		Expect(err).NotTo(HaveOccurred())
		Expect(os.SameFile(before, after)).To(BeTrue())
		Expect(atomicfile.Update(path, 0o600, []byte("b"))).To(Succeed())
		Expect(contents()).To(Equal("b"))
	})

	It("keeps its old contents when writing fails", func() {
		Expect(atomicfile.Write(path, 0o600, []byte("old"))).To(Succeed())
		failed := errors.New("the disk is full")
		err := atomicfile.WriteFunc(path, 0o600, func(w io.Writer) error {
			_, _ = io.WriteString(w, "half")
			return failed
		})
		Expect(err).To(MatchError(failed))
		Expect(contents()).To(Equal("old"))
		Expect(os.ReadDir(dir)).To(HaveLen(1))
	})

	It("gives the same error each time, without the name of a temporary file", func() {
		missing := filepath.Join(dir, "missing", "x.json")
		for range 2 {
			Expect(atomicfile.Write(missing, 0o600, nil)).To(MatchError("write " + missing + ": no such file or directory"))
		}
		Expect(os.MkdirAll(filepath.Join(path, "directory"), 0o700)).To(Succeed())
		Expect(atomicfile.Write(path, 0o600, nil)).To(MatchError("write " + path + ": file exists"))
		Expect(os.ReadDir(dir)).To(HaveLen(1))
	})

	It("can be freed of the temporary files of a killed process, and of no other files", func() {
		for _, name := range []string{".x.json-123", ".x.json-", ".other.json-1", "x.json-1"} {
			Expect(os.WriteFile(filepath.Join(dir, name), nil, 0o600)).To(Succeed())
		}
		atomicfile.RemoveTemporary(path)
		Expect(filepath.Glob(filepath.Join(dir, ".*"))).To(ConsistOf(HaveSuffix(".other.json-1")))
		Expect(filepath.Join(dir, "x.json-1")).To(BeAnExistingFile())
		atomicfile.RemoveTemporary(filepath.Join(dir, "missing", "x"))
	})
})
