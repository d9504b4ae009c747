package web_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("The assets", func() {
	It("are the files of others that the README names, byte for byte", func() {
		readme, err := os.ReadFile("assets/README.md")
		Expect(err).NotTo(HaveOccurred())
		rows := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| npm .*`([0-9a-f]{64})` \\|$").FindAllStringSubmatch(string(readme), -1)
		Expect(rows).To(HaveLen(2))
		for _, row := range rows {
			contents, err := os.ReadFile("assets/" + row[1])
			Expect(err).NotTo(HaveOccurred())
			sum := sha256.Sum256(contents)
			Expect(hex.EncodeToString(sum[:])).To(Equal(row[2]), row[1])
		}
	})

	It("are kept by browsers forever, under a name with their checksum", func() {
		h := newHub(0)
		names := regexp.MustCompile(`"(/assets/[^"]+)"`).FindAllStringSubmatch(h.get("/").Body.String(), -1)
		Expect(len(names)).To(BeNumerically(">=", 5))
		for _, name := range names {
			w := h.get(name[1], "Accept-Encoding", "gzip")
			Expect(w.Code).To(Equal(200), name[1])
			Expect(w.Header().Get("Cache-Control")).To(Equal("public, max-age=31536000, immutable"))
			Expect(w.Header().Get("Content-Encoding")).To(Equal("gzip"))
			Expect(w.Header().Get("Content-Type")).To(Or(HavePrefix("text/"), Equal("image/svg+xml")))
		}
		Expect(h.get("/assets/htmx.min.js").Code).To(Equal(404))
	})

	It("and the largest page stay below what is promised", func() {
		h := newHub(2000)
		first := len(h.get("/certificates", "Accept-Encoding", "gzip").Body.Bytes())
		Expect(first).To(BeNumerically("<", 30<<10))
		for _, name := range regexp.MustCompile(`"(/assets/[^"]+)"`).FindAllStringSubmatch(h.get("/").Body.String(), -1) {
			first += len(h.get(name[1], "Accept-Encoding", "gzip").Body.Bytes())
		}
		Expect(first).To(BeNumerically("<", 150<<10))
		for _, page := range []string{"/", "/timeline", "/sources", "/certificates?sort=path", "/events"} {
			Expect(len(h.get(page, "Accept-Encoding", "gzip").Body.Bytes())).To(BeNumerically("<", 30<<10), page)
		}
	})

	It("set no style inside of a page, which the policy forbids", func() {
		h := newHub(40)
		for _, page := range []string{"/", "/certificates", "/timeline", "/sources", "/events", "/tokens"} {
			body := h.get(page).Body.String()
			Expect(body).NotTo(ContainSubstring(" style="), page)
			Expect(strings.Count(body, "<script")).To(Equal(2), page)
		}
	})
})
