package served_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/served"
)

// daemon is a server that serves the contents of a job's cert.pem and key.pem at its start.
type daemon struct {
	job         string
	program     string // a path, or what is on PATH
	debian      string // the package that has it
	environment []string
	protocol    served.Protocol
	root        bool // it must be started by root, and gives that up itself
	first       bool // it speaks first
	reloads     bool // it reads its files again on SIGHUP
	broken      bool // it cannot complete a handshake
	// prepare makes the files that the server needs.
	prepare func(d *site)
	// arguments start it on the site's address, in the foreground.
	arguments func(d *site) []string
	quiet     string // what a probe must not make it write
}

var postgres = daemon{
	job: "postgres", program: newest("/usr/lib/postgresql/*/bin/postgres"), debian: "postgresql", protocol: served.PostgreSQL, reloads: true,
	prepare: func(s *site) {
		s.run(filepath.Join(filepath.Dir(s.program), "initdb"), "-D", s.path("data"), "-A", "trust", "-U", "x", "--no-sync", "--no-locale")
	},
	arguments: func(s *site) []string {
		return []string{"-D", s.path("data"), "-c", "fsync=off", "-c", "ssl=on", "-c", "ssl_cert_file=" + s.config("cert.pem"),
			"-c", "ssl_key_file=" + s.config("key.pem"), "-c", "listen_addresses=127.0.0.1", "-p", s.port(), "-k", s.path("")}
	},
	quiet: "LOG:  [^\n]*(startup packet|SSL)",
}

var nginx = daemon{
	job: "nginx", program: "/usr/sbin/nginx", debian: "nginx-light", protocol: served.TLS, reloads: true,
	prepare: func(s *site) {
		s.write(s.path("nginx.conf"), `daemon off; pid `+s.path("pid")+`; error_log stderr info; events {} http { access_log off;
			client_body_temp_path `+s.path("a")+`; proxy_temp_path `+s.path("b")+`; fastcgi_temp_path `+s.path("c")+`;
			uwsgi_temp_path `+s.path("d")+`; scgi_temp_path `+s.path("e")+`;
			server { listen `+s.address.String()+` ssl; ssl_certificate `+s.config("cert.pem")+`; ssl_certificate_key `+s.config("key.pem")+`;
			ssl_client_certificate `+s.config("cert.pem")+`; ssl_verify_client on; } }`)
	},
	arguments: func(s *site) []string { return []string{"-e", "stderr", "-p", s.path(""), "-c", s.path("nginx.conf")} },
	quiet:     `(SSL_do_handshake|peer closed|reset by peer)`,
}

var smtpd = daemon{
	job: "opensmtpd", program: "/usr/sbin/smtpd", debian: "opensmtpd", protocol: served.SMTP, root: true, first: true,
	broken: true, // OpenSMTPD 6.8 signs nothing with OpenSSL 3: every handshake ends after its certificate
	prepare: func(s *site) {
		s.write(s.path("smtpd.conf"), fmt.Sprintf("pki x cert %q\npki x key %q\nlisten on 127.0.0.1 port %s tls pki x\naction a relay\nmatch from local for any reject\n",
			s.config("cert.pem"), s.config("key.pem"), s.port()))
	},
	arguments: func(s *site) []string { return []string{"-d", "-f", s.path("smtpd.conf")} },
}

var mariadb = daemon{
	job: "mariadb", program: "/usr/sbin/mariadbd", debian: "mariadb-server-core", protocol: served.MySQL, first: true,
	prepare: func(s *site) { Expect(os.Mkdir(s.path("data"), 0o777)).To(Succeed()); s.give() },
	arguments: func(s *site) []string {
		return []string{"--no-defaults", "--datadir=" + s.path("data"), "--bind-address=127.0.0.1", "--port=" + s.port(),
			"--socket=" + s.path("socket"), "--ssl-cert=" + s.config("cert.pem"), "--ssl-key=" + s.config("key.pem"),
			"--default-storage-engine=Aria", "--skip-innodb", "--skip-grant-tables"}
	},
}

var nats = daemon{
	job: "nats", program: "/usr/sbin/nats-server", debian: "nats-server", protocol: served.NATS, first: true,
	prepare: func(*site) {},
	arguments: func(s *site) []string {
		return []string{"-a", "127.0.0.1", "-p", s.port(), "--tls", "--tlscert", s.config("cert.pem"), "--tlskey", s.config("key.pem")}
	},
	quiet: `\[ERR\]`,
}

// newest is the last program that the glob finds, or the glob itself.
func newest(glob string) string {
	found, _ := filepath.Glob(glob)
	return append([]string{glob}, found...)[len(found)]
}

// goServer is Go's own server, which requests client certificates in one of the ways.
func goServer(mode tls.ClientAuthType) daemon {
	return daemon{
		job: "go-" + mode.String(), program: os.Args[0], protocol: served.TLS, environment: []string{roleVariable + "=show"},
		prepare: func(s *site) { s.program = copyOfSelf("tls-server") },
		arguments: func(s *site) []string {
			return []string{s.address.String(), s.config("cert.pem"), s.config("key.pem"), strconv.Itoa(int(mode))}
		},
	}
}

// daemons are all daemons.
func daemons() []daemon {
	all := []daemon{nginx, postgres, smtpd, mariadb, nats}
	for mode := tls.NoClientCert; mode <= tls.RequireAndVerifyClientCert; mode++ {
		all = append(all, goServer(mode))
	}
	return all
}

var _ = Describe("a real server", func() {
	for _, d := range daemons() {
		It("serves the certificate that it loaded at its start, until it is restarted: "+d.job, func() {
			s := newSite(d)
			var shown []cert.Fingerprint
			c := &clock{time.Now()}
			o := options(c)
			if d.first {
				o.Patience = o.Timeout / 2 // a busy machine may take its time
			}
			finder, prober := served.NewFinder("/"), served.NewProber(o)
			look := func() {
				GinkgoHelper()
				found, problems := finder.Find(context.Background())
				Expect(problems).To(BeEmpty())
				found = slices.DeleteFunc(found, func(l served.Listener) bool { return l.Address != s.address })
				Expect(found).To(HaveLen(1))
				Expect(found[0].Owner.Name).To(Equal(filepath.Base(s.program)))
				Expect(found[0].Owner.Started).To(BeTemporally("~", time.Now(), time.Hour))
				c.move(time.Minute)
				result := prober.Probe(context.Background(), found)[0]
				Expect(result.Err).To(BeEmpty())
				Expect(result.Protocol).To(Equal(d.protocol))
				Expect(result.Chains).To(HaveLen(1))
				Expect(result.Chains[0].Proven).To(Equal(!d.broken))
				shown = append(shown, result.Chains[0].Certificates[0].Fingerprint)
			}
			first := s.renew()
			stop := s.start()
			look()
			look()
			second := s.renew()
			look()
			stop()
			stop = s.start()
			look()
			stop()
			Expect(shown).To(Equal([]cert.Fingerprint{first.Fingerprint(), first.Fingerprint(), first.Fingerprint(), second.Fingerprint()}))
			if d.quiet != "" {
				Expect(string(s.log.Contents())).NotTo(MatchRegexp(d.quiet))
			}
		})
	}
})
