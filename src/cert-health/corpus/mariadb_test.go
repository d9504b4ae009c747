package corpus_test

import (
	"fmt"
	"os"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// mariaDB is MariaDB's server and client. One server reads the files of each contact in turn.
func mariaDB() program {
	return program{name: "MariaDB", needs: map[string]string{"mariadbd": "mariadb-server-core", "mariadb": "mariadb-client-core"}, serve: serveMariaDB, call: callMariaDB,
		blind: []fault{{noVersion, server}, {missing, client}, {revoked, client}}}
}

func serveMariaDB(all []*contact) (stop func()) {
	d := &database{dir: shared("mariadb"), out: &transcript{}}
	Expect(os.Mkdir(d.file("data"), 0o777)).To(Succeed())
	Expect(os.Chmod(d.file("data"), 0o777)).To(Succeed())
	d.install(all[0])
	d.process = startAs(unprivileged(), d.out, "mariadbd", "--no-defaults", "--datadir="+d.file("data"), "--bind-address="+serverAddress, fmt.Sprintf("--port=%d", all[0].port),
		"--socket="+d.file("socket"), "--ssl-cert="+d.file("tls.crt"), "--ssl-key="+d.file("tls.key"), "--ssl-ca="+d.file("ca.crt"),
		"--default-storage-engine=Aria", "--skip-innodb", "--skip-grant-tables", "--log-warnings=9")
	Eventually(d.out.String, soon).Should(ContainSubstring("ready for connections"))
	for _, c := range all {
		c.port, c.host = all[0].port, d
	}
	return func() { d.process.end(syscall.SIGTERM) }
}

// ask asks the server over its socket.
func (d *database) ask(question string) string {
	GinkgoHelper()
	out := &transcript{}
	run(out, "", "mariadb", "--no-defaults", "-S", d.file("socket"), "-u", "x", "-Ne", question)
	return out.String()
}

func callMariaDB(all []*contact) {
	for _, c := range all {
		d, p := c.host, c.client
		d.install(c)
		since := len(d.out.String())
		flushed := d.ask("flush ssl")
		if flushed != "" {
			_, _ = c.said[server].Write([]byte(flushed))
			continue
		}
		arguments := []string{"--no-defaults", "-h", serverAddress, "-P", fmt.Sprint(c.port), "-u", "x", "--ssl", "--ssl-verify-server-cert", "--ssl-ca=" + p.file("ca.crt"),
			"--tls-version=TLSv" + c.short(client), "-e", "select 1"}
		if p.pair != nil {
			arguments = append(arguments, "--ssl-cert="+p.file("tls.crt"), "--ssl-key="+p.file("tls.key"))
		}
		if p.revokes {
			arguments = append(arguments, "--ssl-crl="+p.file("crl.pem"))
		}
		run(c.said[client], "", "mariadb", arguments...)
		Eventually(func() string { return d.ask("show processlist") }, soon).ShouldNot(ContainSubstring(clientAddress))
		_, _ = c.said[server].Write([]byte(d.out.String()[since:]))
	}
}
