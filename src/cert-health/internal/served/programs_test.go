package served_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/served"
)

// daemon is a server as Debian has it, in a folder with cert.pem and key.pem.
type daemon struct {
	program  string // a path, or what is on PATH
	debian   string // the package that has it
	protocol served.Protocol
	root     bool // it must be started by root, and gives that up itself
	first    bool // it speaks first
	// prepare makes what the server needs once.
	prepare func(d *site)
	// arguments start it on the site's address, in the foreground.
	arguments func(d *site) []string
	quiet     string // what a probe must not make it write
}

var postgres = daemon{
	program: newest("/usr/lib/postgresql/*/bin/postgres"), debian: "postgresql", protocol: served.PostgreSQL,
	prepare: func(s *site) {
		s.run(filepath.Join(filepath.Dir(s.daemon.program), "initdb"), "-D", s.path("data"), "-A", "trust", "-U", "x", "--no-sync", "--no-locale")
	},
	arguments: func(s *site) []string {
		return []string{"-D", s.path("data"), "-c", "fsync=off", "-c", "ssl=on", "-c", "ssl_cert_file=" + s.path("cert.pem"),
			"-c", "ssl_key_file=" + s.path("key.pem"), "-c", "listen_addresses=127.0.0.1", "-p", s.port(), "-k", s.dir}
	},
	quiet: "LOG:  [^\n]*(startup packet|SSL)",
}

var nginx = daemon{
	program: "/usr/sbin/nginx", debian: "nginx-light", protocol: served.TLS,
	prepare: func(s *site) {
		s.write("nginx.conf", `daemon off; pid `+s.path("pid")+`; error_log stderr info; events {} http { access_log off;
			client_body_temp_path `+s.path("a")+`; proxy_temp_path `+s.path("b")+`; fastcgi_temp_path `+s.path("c")+`;
			uwsgi_temp_path `+s.path("d")+`; scgi_temp_path `+s.path("e")+`;
			server { listen `+s.address.String()+` ssl; ssl_certificate `+s.path("cert.pem")+`; ssl_certificate_key `+s.path("key.pem")+`;
			ssl_client_certificate `+s.path("cert.pem")+`; ssl_verify_client on; } }`)
	},
	arguments: func(s *site) []string { return []string{"-e", "stderr", "-p", s.dir, "-c", s.path("nginx.conf")} },
	quiet:     `(SSL_do_handshake|peer closed|reset by peer)`,
}

var smtpd = daemon{
	program: "/usr/sbin/smtpd", debian: "opensmtpd", protocol: served.SMTP, root: true, first: true,
	prepare: func(s *site) {
		s.write("smtpd.conf", fmt.Sprintf("pki x cert %q\npki x key %q\nlisten on 127.0.0.1 port %s tls pki x\naction a relay\nmatch from local for any reject\n",
			s.path("cert.pem"), s.path("key.pem"), s.port()))
	},
	arguments: func(s *site) []string { return []string{"-d", "-f", s.path("smtpd.conf")} },
}

var mariadb = daemon{
	program: "/usr/sbin/mariadbd", debian: "mariadb-server-core", protocol: served.MySQL, first: true,
	prepare: func(s *site) { Expect(os.Mkdir(s.path("data"), 0o777)).To(Succeed()); s.give() },
	arguments: func(s *site) []string {
		return []string{"--no-defaults", "--datadir=" + s.path("data"), "--bind-address=127.0.0.1", "--port=" + s.port(),
			"--socket=" + s.path("socket"), "--ssl-cert=" + s.path("cert.pem"), "--ssl-key=" + s.path("key.pem"),
			"--default-storage-engine=Aria", "--skip-innodb", "--skip-grant-tables"}
	},
}

var nats = daemon{
	program: "/usr/sbin/nats-server", debian: "nats-server", protocol: served.NATS, first: true,
	prepare: func(*site) {},
	arguments: func(s *site) []string {
		return []string{"-a", "127.0.0.1", "-p", s.port(), "--tls", "--tlscert", s.path("cert.pem"), "--tlskey", s.path("key.pem")}
	},
	quiet: `\[ERR\]`,
}

// newest is the last program that the glob finds, or the glob itself.
func newest(glob string) string {
	found, _ := filepath.Glob(glob)
	return append([]string{glob}, found...)[len(found)]
}

var _ = Describe("a real server", func() {
	for _, d := range []daemon{nginx, postgres, smtpd, mariadb, nats} {
		It("shows the certificate that it was started with, until it is started again: "+d.debian, func() {
			s := newSite(d)
			var shown, at []string
			c := &clock{time.Now()}
			o := options(c)
			if d.first {
				o.Patience = o.Timeout / 2 // a busy machine may take its time
			}
			finder, prober := served.NewFinder("/"), served.NewProber(o)
			look := func(step string) {
				GinkgoHelper()
				found, problems := finder.Find()
				Expect(problems).To(BeEmpty())
				found = slices.DeleteFunc(found, func(l served.Listener) bool { return l.Address != s.address })
				Expect(found).To(HaveLen(1))
				Expect(found[0].Owner.Name).To(Equal(filepath.Base(d.program)))
				Expect(found[0].Owner.Started).To(BeTemporally("~", time.Now(), time.Hour))
				c.move(time.Minute)
				result := prober.Probe(context.Background(), found)[0]
				Expect(result.Err).To(BeEmpty())
				Expect(result.Protocol).To(Equal(d.protocol))
				shown, at = append(shown, leaves(result)...), append(at, step)
			}
			s.certify("first")
			stop := s.start()
			look("started")
			look("asked again")
			s.certify("second")
			look("its file is another")
			stop()
			stop = s.start()
			look("started again")
			stop()
			Expect(shown).To(Equal([]string{"first", "first", "first", "second"}), "at %q", at)
			if d.quiet != "" {
				Expect(string(s.log.Contents())).NotTo(MatchRegexp(d.quiet))
			}
		})
	}
})
