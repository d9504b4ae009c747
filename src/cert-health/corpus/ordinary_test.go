package corpus_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/knowledge"
)

// ordinary are lines of healthy platforms, and of failures that no certificate causes.
const ordinary = `
2026/11/27 04:00:00 http: TLS handshake error from 127.0.0.1:53000: EOF
2026/11/27 04:00:00 http: TLS handshake error from 127.0.0.1:53000: read tcp 127.0.1.1:8443->127.0.0.1:53000: i/o timeout
2026/11/27 04:00:00 http: TLS handshake error from 127.0.0.1:53000: read: connection reset by peer
Get "https://ledger.service.internal:8443/v1/entries": dial tcp 127.0.1.1:8443: connect: connection refused
Get "https://ledger.service.internal:8443/v1/entries": context deadline exceeded (Client.Timeout exceeded while awaiting headers)
Get "https://ledger.service.internal:8443/v1/entries": dial tcp: lookup ledger.service.internal: no such host
Get "https://ledger.service.internal:8443/v1/entries": net/http: TLS handshake timeout
rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 127.0.1.1:8891: connect: connection refused"
{"timestamp":"2026-11-27T04:00:00.123456Z","level":"info","source":"teller","message":"teller.loaded-certificate","data":{"file":"/var/vcap/jobs/teller/config/certs/tls.crt","not_after":"2027-11-27T04:00:00Z"}}
{"timestamp":"2026-11-27T04:00:00.123456Z","level":"info","source":"teller","message":"teller.tls.handshake-complete","data":{"version":"TLS 1.3","verified":true}}
{"timestamp":"2026-11-27T04:00:00.123456Z","level":"debug","source":"rep","message":"rep.running-bulker.sync.finished","data":{"session":"12.1"}}
{"time":"2026-11-27T04:00:00Z","level":"INFO","msg":"the certificate is renewed","name":"ledger.service.internal","serial":"2a"}
{"time":"2026-11-27T04:00:00Z","level":"INFO","msg":"scanned","files":412,"certificates":71,"took":"1.2s"}
Nov 27 04:00:00 host CRON[812]: pam_unix(cron:session): session opened for user root
Nov 27 04:00:00 host systemd[1]: certbot.service: Succeeded.
Nov 27 04:00:00 host sshd[812]: Accepted publickey for vcap from 127.0.0.1 port 53000 ssh2: ED25519 SHA256:abc
Nov 27 04:00:00 host sshd[812]: Connection closed by authenticating user root 127.0.0.1 port 53000 [preauth]
127.0.0.1 - - [27/Nov/2026:04:00:00 +0000] "GET /certificates/expired HTTP/1.1" 200 512 "-" "curl/7.88.1"
127.0.0.1 - - [27/Nov/2026:04:00:00 +0000] "GET /v1/data HTTP/1.1" 526 12 "-" "a client of the tests"
2026/11/27 04:00:00 [notice] 812#812: signal process started
2026/11/27 04:00:00 [info] 812#812: *1 client 127.0.0.1 closed keepalive connection
2026/11/27 04:00:00 [info] 812#812: *5 client closed connection while SSL handshaking, client: 127.0.0.1, server: 127.0.1.1:8443
2026/11/27 04:00:00 [error] 812#812: *5 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, upstream: "https://127.0.1.1:8443/"
2026-11-27 04:00:00.123 UTC [812] LOG:  database system is ready to accept connections
2026-11-27 04:00:00.123 UTC [812] LOG:  could not receive data from client: Connection reset by peer
2026-11-27 04:00:00.123 UTC [812] FATAL:  password authentication failed for user "teller"
2026-11-27  4:00:00 0 [Note] mariadbd: ready for connections.
2026-11-27  4:00:00 5 [Warning] Aborted connection 5 to db: 'unconnected' user: 'unauthenticated' host: 'localhost' (This connection closed normally without authentication)
[812] 2026/11/27 04:00:00.123456 [INF] TLS required for client connections
[812] 2026/11/27 04:00:00.123456 [INF] Server is ready
Proxy ledger started.
Server ledger/one is UP, reason: Layer7 check passed, code: 200, check duration: 2ms.
Server ledger/one is DOWN, reason: Layer4 connection problem, info: "Connection refused", check duration: 0ms.
java.net.ConnectException: Connection refused
	at java.base/sun.security.ssl.SSLSocketImpl.connect(SSLSocketImpl.java:304)
javax.net.ssl.SSLHandshakeException: Remote host terminated the handshake
Error: connect ECONNREFUSED 127.0.1.1:8443
Errno::ECONNREFUSED: Failed to open TCP connection to ledger.service.internal:8443 (Connection refused - connect(2))
verify return:1
Verification: OK
Verify return code: 0 (ok)
SSL handshake has read 1506 bytes and written 373 bytes
certificate verification is enabled for 3 backends
the trust store has 142 certificates, none of which has expired
`

var _ = Describe("ordinary lines", func() {
	c := &contact{fault: fault{expired, server}, version: versions()[1]}
	for line := range strings.Lines(strings.TrimPrefix(ordinary, "\n")) {
		It("accuse no certificate: "+strings.TrimSpace(line), func() {
			c.material, c.port = materials()[c.fault], 8443
			for _, of := range []side{server, client} {
				for _, one := range explained(c, of, line).Cases {
					Expect(one.Fault).To(Equal(knowledge.NotTLS), one.Sentence)
				}
			}
		})
	}
})
