package collect_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("a hub that is killed in the middle of a collection", func() {
	It("keeps what the last whole collection saw, and collects again", func() {
		engine, path, p := written(4), file(), behind()
		var collected atomic.Bool // the first collection is saved when the second one begins
		p.be(func(_ http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, "/metadata/a/") {
				collected.Store(true)
			}
			return false
		})
		command := child(path, p.URL, engine)
		input, err := command.StdinPipe() // open: it collects until it is killed
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { _ = input.Close() })
		Expect(command.Start()).To(Succeed())
		Eventually(collected.Load).Should(BeTrue())

		for i := range 4 {
			server.WriteSecret(engine, "a/"+string(rune('a'+i)), map[string]any{"certificate": pair(fmt.Sprintf("new%d", i)).CertPEM()})
		}
		var hangs atomic.Bool
		p.be(func(_ http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, "/data/a/d") {
				hangs.Store(true)
				<-r.Context().Done()
				return true
			}
			return false
		})
		Eventually(hangs.Load).Should(BeTrue())
		Expect(command.Process.Kill()).To(Succeed())
		_ = command.Wait()

		p.be(nil)
		h := start(path, nil, source("http://127.0.0.1:1", engine))
		Eventually(h.placements).Should(HaveLen(8))
		h.stop()
		h = start(path, nil, source(p.URL, engine))
		Eventually(func() string { return h.log.String() }).Should(ContainSubstring("item changed"))
		Eventually(func() int { return unseen(h) }).Should(BeZero())
		Expect(h.placements()).To(HaveLen(8))
	})
})
