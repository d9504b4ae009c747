package hostile_test

import (
	"fmt"
	"net"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

// listen listens on a free port of an address of this machine, until the test ends.
func listen(host string) net.Listener {
	GinkgoHelper()
	listener, err := net.Listen("tcp", host+":0")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { _ = listener.Close() })
	return listener
}

var _ = Describe("a stranger at the metrics", func() {
	var v *vm

	BeforeEach(func() {
		v = newVM()
		v.deploy("honest", scenario.Files{"config/server.pem": expired("honest.internal").CertPEM()})
	})

	It("does not keep them from others with connections that say nothing", func() {
		address := listen("127.0.0.1")
		Expect(address.Close()).To(Succeed())
		v.configure(fmt.Sprintf("metrics: {address: '%s'}\n", address.Addr()))
		v.start()
		v.scans(1)
		for range 64 {
			idle, err := net.Dial("tcp", address.Addr().String())
			Expect(err).NotTo(HaveOccurred())
			DeferCleanup(idle.Close)
		}
		Eventually(func() (int, error) {
			client := http.Client{Timeout: soon, Transport: &http.Transport{DisableKeepAlives: true}}
			answer, err := client.Get("http://" + address.Addr().String() + "/metrics")
			if err != nil {
				return 0, err
			}
			defer answer.Body.Close()
			return answer.StatusCode, nil
		}, soon).Should(Equal(http.StatusOK))
	})
})
