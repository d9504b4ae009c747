package db_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/db"
)

var _ = Describe("a SQLite file", func() {
	ctx := context.Background()
	var address, path string
	BeforeEach(func() {
		path = filepath.Join(GinkgoT().TempDir(), "hub.db")
		address = "sqlite:" + path
	})

	It("can be read by its user only", func() {
		d := open(address)
		Expect(d.AddEvent(ctx, db.Event{})).To(Succeed())
		for _, file := range []string{path, path + "-wal", path + "-shm"} {
			Expect(value(os.Stat(file)).Mode().Perm()).To(Equal(os.FileMode(0o600)), file)
		}
	})

	It("that is locked is an error that says so, and works again after that", func() {
		d, other := open(address), open(address)
		tx := value(other.SQL().Begin())
		Expect(d.AddEvent(ctx, db.Event{})).To(MatchError("add event: another process holds the lock of " + path + "; end it, or wait until it is done"))
		Expect(d.Ready(ctx)).To(Succeed(), "readers do not wait")
		Expect(tx.Rollback()).To(Succeed())
		Expect(d.AddEvent(ctx, db.Event{})).To(Succeed())
	})

	It("that is full keeps its state, and works again when there is room", func() {
		d := open(address)
		d.SQL().SetMaxOpenConns(1) // the pragma is one of the connection
		c := issued("a.example.com")
		Expect(d.SaveCollection(ctx, generation(1, c))).To(Succeed())
		limit := func(pages string) {
			GinkgoHelper()
			_, err := d.SQL().Exec("PRAGMA max_page_count=" + pages)
			Expect(err).NotTo(HaveOccurred())
		}
		limit("1")
		full := generation(2, c)
		for i := range full.Items {
			full.Items[i].Path += strings.Repeat("x", 500)
		}
		for range 2 {
			Expect(d.SaveCollection(ctx, full)).To(MatchError("save collection of v: there is no room for " + path + "; make the disk larger or free some of it"))
		}
		contents := value(d.Load(ctx))
		Expect(contents.Items).To(HaveLen(700))
		Expect(contents.Items[0].Version).To(Equal("1"))
		limit("1000000")
		Expect(d.SaveCollection(ctx, full)).To(Succeed())
	})

	damaged := ContainSubstring(" is damaged; end the hub, move the file away")

	It("that is not one is damaged", func() {
		Expect(os.WriteFile(path, []byte(strings.Repeat("any other contents ", 1000)), 0o600)).To(Succeed())
		_, err := db.Open(ctx, address, logger())
		Expect(err).To(MatchError(damaged))
	})

	It("whose pages are overwritten is damaged", func() {
		d := open(address)
		Expect(d.SaveCollection(ctx, generation(1, issued("a.example.com")))).To(Succeed())
		Expect(d.Close()).To(Succeed())
		contents := value(os.ReadFile(path))
		for i := 8192; i < len(contents)-4096; i++ {
			contents[i] = 0x5a
		}
		Expect(os.WriteFile(path, contents, 0o600)).To(Succeed())
		_, err := db.Open(ctx, address, logger())
		Expect(err).To(MatchError(damaged))
	})

	It("that is cut off is damaged", func() {
		d := open(address)
		Expect(d.SaveCollection(ctx, generation(1, issued("a.example.com")))).To(Succeed())
		Expect(d.Close()).To(Succeed())
		Expect(os.Truncate(path, 3*4096+100)).To(Succeed())
		_, err := db.Open(ctx, address, logger())
		Expect(err).To(MatchError(damaged))
	})

	It("that is removed or replaced while it is open takes nothing that would be lost", func() {
		d := open(address)
		Expect(d.AddEvent(ctx, db.Event{})).To(Succeed())
		replaced := MatchError(HaveSuffix(path + " was removed or replaced while the hub ran; restart the hub: what it saves now would be lost"))
		Expect(os.Rename(path, path+".old")).To(Succeed())
		Expect(d.AddEvent(ctx, db.Event{})).To(replaced)
		Expect(d.Ready(ctx)).To(replaced)
		Expect(os.WriteFile(path, []byte("another file"), 0o600)).To(Succeed())
		Expect(d.AddEvent(ctx, db.Event{})).To(replaced)
		Expect(os.Rename(path+".old", path)).To(Succeed())
		Expect(d.AddEvent(ctx, db.Event{})).To(Succeed())
	})

	It("without a directory is an error that names it", func() {
		_, err := db.Open(ctx, "sqlite:/nowhere/hub.db", logger())
		Expect(err).To(MatchError("open database: open /nowhere/hub.db: no such file or directory; make its directory, and let this user write there"))
	})

	It("always leads", func() {
		leading, cancel := context.WithCancel(ctx)
		term, end, ok := open(address).Lead(leading)
		Expect(ok).To(BeTrue())
		defer end()
		Expect(term.Err()).NotTo(HaveOccurred())
		cancel()
		Expect(term.Err()).To(HaveOccurred())
	})
})
