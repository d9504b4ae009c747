package hostile_test

import (
	"fmt"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

var _ = Describe("a stranger in the place of the mail port", func() {
	var v *vm

	BeforeEach(func() {
		v = newVM()
		v.deploy("honest", scenario.Files{"config/server.pem": expired("honest.internal").CertPEM()})
	})

	DescribeTable("cannot fill memory and log",
		func(begin, more string, limit int) {
			var greetings, largest atomic.Int64
			port := listen("127.0.0.1")
			go func() {
				for {
					connection, err := port.Accept()
					if err != nil {
						return
					}
					go func() {
						defer connection.Close()
						_, _ = connection.Write([]byte(begin))
						largest.Store(max(largest.Load(), int64(pour(connection.Write, more, limit))))
						greetings.Add(1)
					}()
				}
			}()
			v.configure(fmt.Sprintf("alerts: {address: '%s', quiet_after_start: 0s}\n", port.Addr()))
			v.start()
			Eventually(greetings.Load, soon).Should(BeNumerically(">=", 1))
			v.scans(2)
			Expect(v.status("expired")()).To(ContainSubstring("honest.internal"))
			Expect(largest.Load()).To(BeNumerically("<", capped))
			Expect(len(v.log())).To(BeNumerically("<", 16<<10))
		},
		Entry("an endless line", "", "0123456789abcdef", tooMuch),
		Entry("an endless reply of many lines", "", "220-0123456789\r\n", tooMuch),
		Entry("garbage", "", "\x1b]0;0123456789\n", 1<<20),
	)
})
