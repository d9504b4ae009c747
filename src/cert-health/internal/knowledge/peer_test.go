package knowledge_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/knowledge"
	"cert-health/internal/strict"
)

var _ = Describe("the peers of a configuration file", func() {
	It("are those with an address and a CA", func() {
		Expect(knowledge.Peers([]byte(`{"bbs_address": "https://bbs.service.cf.internal:8889", "bbs_ca_cert_file": "/var/vcap/jobs/x/config/certs/bbs/ca.crt",
			"bbs_client_cert_file": "/var/vcap/jobs/x/config/certs/bbs/client.crt", "bbs_client_key_file": "/var/vcap/jobs/x/config/certs/bbs/client.key",
			"locket_address": "locket.service.cf.internal:8891", "listen_addr": "0.0.0.0:9000", "ca_file": "/own/ca.crt", "password": "s3cr3t"}`))).To(HaveExactElements(
			knowledge.ConfigPeer{Key: "bbs", Host: "bbs.service.cf.internal", Port: 8889, CA: "/var/vcap/jobs/x/config/certs/bbs/ca.crt", Certificate: "/var/vcap/jobs/x/config/certs/bbs/client.crt"}))
		Expect(knowledge.Peers([]byte("stock:\n  host: stock.internal\n  port: 9443\n  ca: /c/ca.pem\nplain:\n  url: http://x\n  ca: /c/ca.pem\ninline:\n  url: https://x\n  ca: |\n    -----BEGIN\n"))).To(
			HaveExactElements(knowledge.ConfigPeer{Host: "stock.internal", Port: 9443, CA: "/c/ca.pem"}))
		Expect(knowledge.Peers([]byte("url: mysql://user:s3cr3t@db.internal:3306/x\nca: /c/ca.pem"))).To(HaveExactElements(knowledge.ConfigPeer{Host: "db.internal", Port: 3306, CA: "/c/ca.pem"}))
	})

	It("are none in a file that is something else, however large", func() {
		for _, contents := range []string{"", "{", "just words", string(make([]byte, 2<<20)), "a: &a [*a]\n"} {
			Expect(knowledge.Peers([]byte(contents))).To(BeEmpty())
		}
	})

	It("become edges to a known server on that port, unless an edge has the client already", func() {
		known := []knowledge.Edge{{Name: "rep-bbs", Client: knowledge.EdgeClient{Jobs: strict.Strings{"rep"}},
			Server: knowledge.EdgeServer{Jobs: strict.Strings{"bbs"}, Port: 8889, Names: strict.Strings{"x"}, ClientCertificate: knowledge.Required}}}
		contents := []byte(`{"bbs_address": "https://bbs.internal:8889", "bbs_ca_file": "/var/vcap/jobs/mine/config/ca.crt", "bbs_cert_file": "/var/vcap/jobs/mine/config/tls.crt"}`)
		Expect(knowledge.PeerEdges("mine", "/var/vcap/jobs/mine/config/mine.json", contents, known)).To(HaveExactElements(And(
			HaveField("Name", "mine-bbs-8889"), HaveField("Client.Trusts", strict.Strings{"config/ca.crt"}), HaveField("Client.Certificate", strict.Strings{"config/tls.crt"}),
			HaveField("Server.Names", strict.Strings{"bbs.internal"}), HaveField("Learned", ContainSubstring("config/mine.json")))))
		Expect(knowledge.PeerEdges("rep", "/var/vcap/jobs/rep/config/rep.json", contents, known)).To(BeEmpty())
	})
})
