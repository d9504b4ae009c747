package logs_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/explain/logs"
)

var _ = Describe("the walk over logs", func() {
	var dir string
	BeforeEach(func() { dir = GinkgoT().TempDir() })

	write := func(name string, contents []byte) string {
		GinkgoHelper()
		name = filepath.Join(dir, name)
		Expect(os.MkdirAll(filepath.Dir(name), 0o755)).To(Succeed())
		Expect(os.WriteFile(name, contents, 0o600)).To(Succeed())
		return name
	}
	packed := func(contents []byte) []byte {
		GinkgoHelper()
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, err := w.Write(contents)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.Close()).To(Succeed())
		return out.Bytes()
	}
	archive := func(files ...string) []byte {
		GinkgoHelper()
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		for i := 0; i < len(files); i += 2 {
			Expect(w.WriteHeader(&tar.Header{Name: files[i], Size: int64(len(files[i+1])), Mode: 0o600})).To(Succeed())
			_, err := io.WriteString(w, files[i+1])
			Expect(err).NotTo(HaveOccurred())
		}
		Expect(w.Close()).To(Succeed())
		return out.Bytes()
	}
	// walk returns what was read, by name.
	walk := func(stdin string, names ...string) (map[string]string, []logs.Problem) {
		GinkgoHelper()
		found := map[string]string{}
		w := &logs.Walker{Stdin: strings.NewReader(stdin), Read: func(_ context.Context, name string, log io.Reader) error {
			contents, err := io.ReadAll(log)
			found[strings.TrimPrefix(name, dir+"/")] = string(contents)
			return err
		}}
		return found, w.Walk(GinkgoT().Context(), names)
	}

	It("reads standard input, files, directories behind links, gzip and archives within archives", func() {
		write("sys/log/rep/rep.stdout.log", []byte("one\n"))
		write("sys/log/rep/rep.stdout.log.1.gz", packed([]byte("two\n")))
		Expect(os.Symlink("sys", filepath.Join(dir, "link"))).To(Succeed())
		Expect(os.Symlink(dir, filepath.Join(dir, "sys/log/loop"))).To(Succeed())
		inner := string(packed(archive("./bbs/bbs.stdout.log", "three\n")))
		all := write("all.tgz", packed(archive("vm.tgz", inner, "empty", "")))
		found, problems := walk("four\n", "-", filepath.Join(dir, "link"), all)
		Expect(problems).To(BeEmpty())
		Expect(found).To(HaveKeyWithValue("", "four\n"))
		Expect(found).To(HaveKeyWithValue("link/log/rep/rep.stdout.log", "one\n"))
		Expect(found).To(HaveKeyWithValue("link/log/rep/rep.stdout.log.1.gz", "two\n"))
		Expect(found).To(HaveKeyWithValue("all.tgz/vm.tgz/./bbs/bbs.stdout.log", "three\n"))
		Expect(found).To(HaveKeyWithValue("all.tgz/empty", ""))
	})

	It("says why something is not read, and reads the others", func() {
		whole := packed(bytes.Repeat([]byte("a line of a log\n"), 10_000))
		write("logs/cut.gz", whole[:len(whole)/2])
		write("logs/x.xz", []byte("\xfd7zXZ\x00rest"))
		write("logs/z.log", []byte("read\n"))
		Expect(os.Symlink("nowhere", filepath.Join(dir, "logs/gone"))).To(Succeed())
		Expect(syscall.Mkfifo(filepath.Join(dir, "logs/pipe"), 0o600)).To(Succeed())
		found, problems := walk("", filepath.Join(dir, "logs"), filepath.Join(dir, "missing"), "")
		Expect(found).To(HaveKeyWithValue("logs/z.log", "read\n"))
		Expect(found["logs/cut.gz"]).To(HavePrefix("a line of a log\n"))
		Expect(problems).To(ConsistOf(
			And(HaveField("Log", HaveSuffix("cut.gz")), HaveField("Reason", ContainSubstring("not complete"))),
			And(HaveField("Log", HaveSuffix("x.xz")), HaveField("Reason", ContainSubstring("compressed with xz"))),
			And(HaveField("Log", HaveSuffix("gone")), HaveField("Reason", "no such file or directory")),
			And(HaveField("Log", HaveSuffix("pipe")), HaveField("Reason", "it is not a regular file")),
			And(HaveField("Log", HaveSuffix("missing")), HaveField("Reason", "no such file or directory")),
			And(HaveField("Log", `""`), HaveField("Reason", ContainSubstring("it is not a name of a file"))),
		))
	})
})
