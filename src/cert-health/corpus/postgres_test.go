package corpus_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// postgreSQL is PostgreSQL's server and psql. One server reads the files of each contact in turn.
func postgreSQL() program {
	return program{name: "PostgreSQL", needs: map[string]string{"psql": "postgresql", newest("/usr/lib/postgresql/*/bin/initdb"): "postgresql"},
		serve: servePostgreSQL, call: callPostgreSQL, blind: []fault{{noVersion, server}}}
}

// newest is the last program that the glob finds, or the glob itself.
func newest(glob string) string {
	found, _ := filepath.Glob(glob)
	return append([]string{glob}, found...)[len(found)]
}

// database is a server whose certificates are replaced for each contact.
type database struct {
	dir     string
	out     *transcript
	process *process
	calls   int
}

// servePostgreSQL makes callPostgreSQL's server. It is started for the first contact; all use its port.
func servePostgreSQL(all []*contact) (stop func()) {
	d := &database{dir: shared("postgres"), out: &transcript{}}
	bin := filepath.Dir(newest("/usr/lib/postgresql/*/bin/initdb"))
	initialised := startAs(unprivileged(), d.out, filepath.Join(bin, "initdb"), "-D", d.file("data"), "-A", "trust", "-U", "x", "--no-sync", "--no-locale")
	initialised.wait()
	d.write("data/pg_hba.conf", "hostssl all all all trust clientcert=verify-ca\n")
	d.install(all[0])
	d.process = startAs(unprivileged(), d.out, filepath.Join(bin, "postgres"), "-D", d.file("data"), "-c", "fsync=off", "-c", "ssl=on",
		"-c", "ssl_cert_file="+d.file("tls.crt"), "-c", "ssl_key_file="+d.file("tls.key"), "-c", "ssl_ca_file="+d.file("ca.crt"),
		"-c", "listen_addresses="+serverAddress, "-p", fmt.Sprint(all[0].port), "-k", d.dir, "-c", "log_min_messages=debug2")
	Eventually(d.out.String, soon).Should(ContainSubstring("ready to accept connections"))
	for _, c := range all {
		c.port, c.host = all[0].port, d
	}
	return func() { d.process.end(syscall.SIGINT) }
}

func (d *database) file(name string) string { return filepath.Join(d.dir, name) }

func (d *database) write(name, contents string) {
	GinkgoHelper()
	Expect(os.WriteFile(d.file(name), []byte(contents), 0o600)).To(Succeed())
	if user := unprivileged(); user != nil {
		Expect(os.Chown(d.file(name), int(user.Uid), int(user.Gid))).To(Succeed())
	}
}

// install copies the files of a contact to where the server reads them.
func (d *database) install(c *contact) {
	GinkgoHelper()
	for _, name := range []string{"tls.crt", "tls.key", "ca.crt"} {
		contents, err := os.ReadFile(c.server.file(name))
		Expect(err).NotTo(HaveOccurred())
		d.write(name, string(contents))
	}
	list := ""
	if c.server.revokes {
		contents, err := os.ReadFile(c.server.file("crl.pem"))
		Expect(err).NotTo(HaveOccurred())
		d.write("crl.pem", string(contents))
		list = d.file("crl.pem")
	}
	d.write("data/postgresql.auto.conf", "ssl_crl_file = '"+list+"'\n")
}

// shared is a temporary directory of the unprivileged user.
func shared(name string) string {
	GinkgoHelper()
	dir, err := os.MkdirTemp("", "corpus-"+name)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(os.RemoveAll, dir)
	if user := unprivileged(); user != nil {
		Expect(os.Chown(dir, int(user.Uid), int(user.Gid))).To(Succeed())
	}
	return dir
}

// reload lets the server read its files again, and returns what it says from then on.
func (d *database) reload(c *contact) (since int) {
	GinkgoHelper()
	d.install(c)
	since = len(d.out.String())
	Expect(d.process.command.Process.Signal(syscall.SIGHUP)).To(Succeed())
	Eventually(func() string { return d.out.String()[since:] }, soon).Should(ContainSubstring("received SIGHUP"))
	return since
}

// developers are lines that PostgreSQL writes for developers only.
var developers = regexp.MustCompile(`(?m)^\S+ \S+ \S+ \[\d+\] DEBUG: .*\n`)

func callPostgreSQL(all []*contact) {
	for _, c := range all {
		d, p := c.host, c.client
		since := d.reload(c)
		if c.is(wrongKey) && c.fault.of == server { // the server goes on with the certificate before
			Eventually(func() string { return d.out.String()[since:] }, soon).Should(ContainSubstring("SSL configuration was not reloaded"))
			d.tell(c, since)
			continue
		}
		settings := []string{"host=" + serverName, "hostaddr=" + serverAddress, fmt.Sprintf("port=%d", c.port), "user=x", "dbname=postgres", "sslmode=verify-full",
			"sslrootcert=" + p.file("ca.crt"), "ssl_min_protocol_version=TLSv" + c.short(client), "ssl_max_protocol_version=TLSv" + c.short(client)}
		if p.pair != nil {
			settings = append(settings, "sslcert="+p.file("tls.crt"), "sslkey="+p.file("tls.key"))
		}
		if p.revokes {
			settings = append(settings, "sslcrl="+p.file("crl.pem"))
		}
		run(c.said[client], "", "psql", "-tAc", "select 1", strings.Join(settings, " "))
		d.calls++
		if !(c.is(wrongKey) && c.fault.of == client) {
			Eventually(func() string { return d.out.String()[since:] }, soon).Should(MatchRegexp(`server process \(PID \d+\) exited`), c.String)
		}
		d.tell(c, since)
	}
}

// tell gives a contact what the server has said.
func (d *database) tell(c *contact, since int) {
	text := developers.ReplaceAllString(d.out.String()[since:], "")
	_, _ = c.said[server].Write([]byte(strings.ReplaceAll(text, d.dir, filepath.Dir(c.server.file("x")))))
}
