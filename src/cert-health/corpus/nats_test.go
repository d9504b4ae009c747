package corpus_test

import (
	"fmt"
	"log"
	"os"
	"regexp"
	"syscall"

	"github.com/nats-io/nats.go"
	. "github.com/onsi/gomega"
)

// natsServer is NATS' server, with Go's client of NATS.
func natsServer() program {
	return program{name: "NATS", needs: map[string]string{"nats-server": "nats-server"}, serve: serveNATS, call: callNATS, blind: unrevoked()}
}

func serveNATS(all []*contact) (stop func()) {
	processes := map[*contact]*process{}
	logs := map[*contact]*transcript{}
	for _, c := range all {
		file := c.server.file("nats.conf")
		Expect(os.WriteFile(file, fmt.Appendf(nil, "listen: %q\ndebug: true\ntls {\n cert_file: %q\n key_file: %q\n ca_file: %q\n verify: true\n timeout: 30\n}\n",
			c.address(), c.server.file("tls.crt"), c.server.file("tls.key"), c.server.file("ca.crt")), 0o600)).To(Succeed())
		logs[c] = &transcript{}
		p := start(logs[c], "nats-server", "-c", file)
		if c.is(wrongKey) && c.fault.of == server {
			p.wait()
			c.absent = true
			_, _ = c.said[server].Write(quiet(logs[c]))
			continue
		}
		Eventually(logs[c].String, soon).Should(ContainSubstring("Server is ready"))
		processes[c] = p
	}
	return func() {
		for c, p := range processes {
			if !c.is(wrongKey) {
				Eventually(logs[c].String, soon).Should(ContainSubstring("Client connection closed"), c.String)
			}
			p.end(syscall.SIGTERM)
			_, _ = c.said[server].Write(quiet(logs[c]))
		}
	}
}

// quiet is the log without the lines that NATS writes for developers only.
func quiet(log *transcript) []byte {
	return regexp.MustCompile(`(?m)^.*\[(DBG|TRC)\].*\n`).ReplaceAll([]byte(log.String()), nil)
}

func callNATS(all []*contact) {
	for _, c := range all {
		logger := log.New(c.said[client], "", log.LstdFlags)
		config, err := goConfig(c, client)
		if err != nil {
			logger.Printf("cannot start: %v", err)
			continue
		}
		config.ServerName = serverName
		connection, err := nats.Connect("tls://"+c.address(), nats.Secure(config), nats.Timeout(soon))
		if err != nil {
			logger.Printf("cannot connect: %v", err)
			continue
		}
		connection.Close()
	}
}
