package tls_test

import (
	gotls "crypto/tls"
	"io"
	"net"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/tls"
	"cert-health/internal/scenario"
)

var _ = Describe("a protocol that begins without TLS", func() {
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", SANs: []string{"127.0.0.1"}})
	config := func() *gotls.Config { return holds(leaf) }

	DescribeTable("is spoken up to the handshake", func(ctx SpecContext, scheme, greeting string, answers ...string) {
		item := only(ctx, options(tls.Host{Host: scheme + "://" + serve("127.0.0.1:0", says(config(), greeting, answers...)), CACert: leaf.CertPEM()}))
		Expect(item.Sightings).To(HaveExactElements(HaveField("Certificate", inventory.IDOf(leaf.Fingerprint()))))
		Expect(item.Findings).To(BeEmpty())
	},
		Entry("SMTP", "smtp", "220 mail\r\n", "250-mail\r\n250 STARTTLS\r\n", "220 go ahead\r\n"),
		Entry("submission", "submission", "220 mail\r\n", "250-mail\r\n250 STARTTLS\r\n", "220 go ahead\r\n"),
		Entry("IMAP", "imap", "* OK hello\r\n", "* CAPABILITY IMAP4rev1\r\na OK begin\r\n"),
		Entry("POP3", "pop3", "+OK hello\r\n", "+OK begin\r\n"),
		Entry("FTP", "ftp", "220-hello\r\n220 there\r\n", "234 begin\r\n"),
		Entry("NATS", "nats", "INFO {\"tls_required\":true}\r\n"),
	)

	// answered is a server of LDAP, whose requests have no lines.
	answered := func(answer string) string {
		c := config()
		return "ldap://" + serve("127.0.0.1:0", func(connection net.Conn) {
			if _, err := io.ReadFull(connection, make([]byte, 31)); err != nil {
				return
			}
			_, _ = io.WriteString(connection, answer)
			shows(c)(connection)
		})
	}

	DescribeTable("LDAP is spoken, also with long lengths", func(ctx SpecContext, answer string) {
		Expect(only(ctx, options(tls.Host{Host: answered(answer), CACert: leaf.CertPEM()})).Findings).To(BeEmpty())
	},
		Entry("as OpenLDAP", "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"),
		Entry("as Active Directory", "\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00"),
	)

	DescribeTable("is reported if the server has no TLS for it", func(ctx SpecContext, scheme, greeting, answer, reason string) {
		item := only(ctx, options(tls.Host{Host: scheme + "://" + serve("127.0.0.1:0", says(config(), greeting, answer))}))
		Expect(item.Findings).To(HaveExactElements(And(HaveField("Code", inventory.Unreachable), HaveField("Message", HaveSuffix(reason)))))
	},
		Entry("SMTP", "smtp", "220 mail\r\n", "250 mail\r\n", "it does not offer TLS after the messages of smtp"),
		Entry("IMAP", "imap", "* OK hello\r\n", "a BAD what?\r\n", "it does not offer TLS after the messages of imap"),
		Entry("POP3", "pop3", "+OK hello\r\n", "-ERR what?\r\n", "it does not offer TLS after the messages of pop3"),
		Entry("FTP", "ftp", "220 hello\r\n", "502 what?\r\n", "it does not offer TLS after the messages of ftp"),
		Entry("FTP for now", "ftp", "220 hello\r\n", "431 not now\r\n", "it answers the request for TLS with 431"),
		Entry("another protocol", "imap", "SSH-2.0-x\r\n", "", "it does not offer TLS after the messages of imap"),
	)

	DescribeTable("LDAP is reported if the server refuses", func(ctx SpecContext, answer, reason string) {
		Expect(only(ctx, options(tls.Host{Host: answered(answer)})).Findings).To(HaveExactElements(HaveField("Message", HaveSuffix(reason))))
	},
		Entry("forever", "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00", "it does not offer TLS after the messages of ldap"),
		Entry("for now", "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x33\x04\x00\x04\x00", "it answers the request for TLS with the result 51"),
		Entry("with nonsense", "HTTP/1.1 400 Bad Request\r\n", "its answer is not LDAP"),
		Entry("with an endless length", "\x30\x84\xff\xff\xff\xff", "its answer is not LDAP"),
		Entry("with a length of too many bytes", "\x30\xff\xff\xff\xff\xff", "its answer is not LDAP"),
		Entry("with an empty message", "\x30\x00", "it does not offer TLS after the messages of ldap"),
	)

	It("is found out if the configuration does not name it", func(ctx SpecContext) {
		c := config()
		address := serve("127.0.0.1:0", func(connection net.Conn) { // PostgreSQL closes the connection after a ClientHello
			request := make([]byte, 8)
			if _, err := io.ReadFull(connection, request); err == nil && string(request) == "\x00\x00\x00\x08\x04\xd2\x16\x2f" {
				_, _ = io.WriteString(connection, "S")
				shows(c)(connection)
			}
		})
		item := only(ctx, options(tls.Host{Host: address, CACert: leaf.CertPEM()}))
		Expect(item.Details).To(ContainElement(inventory.Detail{Name: "Protocol", Value: "postgres"}))
	})
})
