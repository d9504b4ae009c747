package trust_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/knowledge"
	"cert-health/internal/scenario"
	"cert-health/internal/trust"
)

// world is a random PKI with what two sides have of it.
type world struct {
	client, server             []*scenario.Pair // a leaf with the CAs that are sent with it; the client may have none
	clientTrusts, serverTrusts []*scenario.Pair
}

// keys are made once: they take most of the time.
var keys = []*scenario.Pair{scenario.Issue(scenario.Spec{}), scenario.Issue(scenario.Spec{}), scenario.Issue(scenario.Spec{}), scenario.Issue(scenario.Spec{})}

// draw draws a PKI in the middle of a rotation: CAs of one name with old and new keys, renewed ones, an
// intermediate that is cross-signed, and leaves of each of them.
func draw(t *rapid.T) world {
	dates := func(spec scenario.Spec, label string) scenario.Spec {
		switch rapid.SampledFrom([]string{"valid", "valid", "valid", "valid", "valid", "valid", "valid", "valid", "valid", "expired", "expired", "future"}).Draw(t, label+" dates") {
		case "expired":
			spec.NotBefore, spec.NotAfter = now.AddDate(-1, 0, 0), now.AddDate(0, 0, -1)
		case "future":
			spec.NotBefore, spec.NotAfter = now.AddDate(0, 0, 1), now.AddDate(1, 0, 0)
		default:
			spec.NotBefore, spec.NotAfter = now.AddDate(0, -1, 0), now.AddDate(1, 0, 0)
		}
		return spec
	}
	ca := func(name string, key int, issuer *scenario.Pair, label string) *scenario.Pair {
		return scenario.Issue(dates(scenario.Spec{CommonName: name, CA: true, SameKey: keys[key], Issuer: issuer}, label))
	}
	before := ca("root", 0, nil, "old root")
	renewed := ca("root", 0, nil, "renewed root")
	after := ca("root", 1, nil, "new root")
	other := ca("other", 2, nil, "other root")
	middle := ca("middle", 3, before, "intermediate")
	crossed := ca("middle", 3, after, "cross-signed intermediate")
	cas := []*scenario.Pair{before, renewed, after, other, middle, crossed}

	roots := map[string]*scenario.Pair{} // of the leaves
	leaf := func(name, label string) []*scenario.Pair {
		spec := dates(scenario.Spec{CommonName: name, SANs: []string{name}, SameKey: keys[0], Issuer: rapid.SampledFrom([]*scenario.Pair{before, before, after, middle, other}).Draw(t, label+" issuer"),
			Unlinked: rapid.IntRange(0, 9).Draw(t, label+" linked") == 0}, label)
		switch rapid.IntRange(0, 19).Draw(t, label+" usage") {
		case 0:
			spec.Client = true
		case 1:
			spec.Server = true
		}
		chain := []*scenario.Pair{scenario.Issue(spec)}
		if roots[label] = spec.Issuer; spec.Issuer == middle {
			roots[label] = before
			chain = append(chain, rapid.SliceOfNDistinct(rapid.SampledFrom([]*scenario.Pair{middle, crossed}), 0, 2, rapid.ID).Draw(t, label+" chain")...)
		}
		return chain
	}
	bundle := func(label string) []*scenario.Pair {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(cas), 1, 6, rapid.ID).Draw(t, label)
	}
	w := world{server: leaf(rapid.SampledFrom([]string{"server.internal", "server.internal", "server.internal", "*.internal", "other.internal"}).Draw(t, "name"), "server"),
		clientTrusts: bundle("client's bundle"), serverTrusts: bundle("server's bundle")}
	if rapid.IntRange(0, 9).Draw(t, "client certificate") > 0 {
		w.client = leaf("client", "client")
	}
	if rapid.IntRange(0, 4).Draw(t, "fits") > 0 { // else nearly all are refused
		w.clientTrusts = fitting(w.clientTrusts, roots["server"])
		w.serverTrusts = fitting(w.serverTrusts, roots["client"])
	}
	return w
}

// fitting is a bundle with a CA.
func fitting(bundle []*scenario.Pair, ca *scenario.Pair) []*scenario.Pair {
	if ca == nil || slices.Contains(bundle, ca) {
		return bundle
	}
	return append(bundle, ca)
}

// good is a world in which all is right.
func good() world {
	p := newPKI()
	return world{client: pairs{p.issue("client")}, server: pairs{p.issue("server.internal")}, clientTrusts: pairs{p.ca}, serverTrusts: pairs{p.ca}}
}

// verdict is the cell of the world's only edge, with the given libraries.
func (w world) verdict(client, server knowledge.Stack) trust.Verdict {
	e := edge()
	e.Client.Stack, e.Server.Stack = client, server
	c, s := clientVM(nil, w.clientTrusts...), vm{group: "servers", files: map[string]pairs{"server/tls.crt": w.server, "server/ca.crt": w.serverTrusts}}
	if w.client != nil {
		c.files["client/tls.crt"] = w.client
	}
	return only(fleet(c, s), e).Files
}

// statuses are all results that a verdict allows.
func statuses(v trust.Verdict) []trust.Status { return append([]trust.Status{v.Status}, v.Also...) }

func pool(pairs []*scenario.Pair) *x509.CertPool {
	p := x509.NewCertPool()
	for _, own := range pairs {
		p.AddCert(own.X509)
	}
	return p
}

func keyPair(chain []*scenario.Pair) tls.Certificate {
	var text string
	for _, own := range chain {
		text += own.CertPEM()
	}
	pair, err := tls.X509KeyPair([]byte(text), []byte(chain[0].KeyPEM()))
	if err != nil {
		panic(err)
	}
	return pair
}

// handshake makes a handshake of Go programs. It returns who refuses, and why.
func (w world) handshake(version uint16) (trust.Side, trust.Status) {
	clock := func() time.Time { return now }
	client := &tls.Config{RootCAs: pool(w.clientTrusts), ServerName: "server.internal", Time: clock, MinVersion: version, MaxVersion: version}
	if w.client != nil {
		client.Certificates = []tls.Certificate{keyPair(w.client)}
	}
	server := &tls.Config{Certificates: []tls.Certificate{keyPair(w.server)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool(w.serverTrusts), Time: clock,
		MinVersion: version, MaxVersion: version}
	near, far := connected()
	defer near.Close()
	served := make(chan error, 1)
	go func() {
		defer far.Close()
		conn := tls.Server(far, server)
		err := conn.Handshake()
		if err == nil {
			_, err = conn.Write([]byte("x"))
		}
		served <- err
	}()
	conn := tls.Client(near, client)
	err := conn.Handshake()
	if err == nil {
		_, err = conn.Read(make([]byte, 1))
	}
	near.Close()
	behind := <-served
	if status := statusOf(err); status != "" {
		return trust.Client, status
	}
	if status := statusOf(behind); status != "" {
		return trust.Server, status
	}
	if err != nil || behind != nil {
		return "", trust.Status("not understood: " + errors.Join(err, behind).Error())
	}
	return "", trust.Trusted
}

// connected are the two ends of a TCP connection. A pipe without a buffer hangs when both sides write.
func connected() (near, far net.Conn) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer listener.Close()
	if near, err = net.Dial("tcp", listener.Addr().String()); err != nil {
		panic(err)
	}
	if far, err = listener.Accept(); err != nil {
		panic(err)
	}
	deadline := time.Now().Add(time.Minute)
	_, _ = near.SetDeadline(deadline), far.SetDeadline(deadline)
	return near, far
}

// statusOf is the status of an error of crypto/x509; empty for another error.
func statusOf(err error) trust.Status {
	var invalid x509.CertificateInvalidError
	unknown, name := x509.UnknownAuthorityError{}, x509.HostnameError{}
	switch {
	case errors.As(err, &unknown):
		return trust.UnknownCA
	case errors.As(err, &name):
		return trust.WrongName
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if strings.Contains(invalid.Detail, "is before") {
			return trust.NotYetValid
		}
		return trust.Expired
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return trust.WrongUsage
	case err != nil && strings.Contains(err.Error(), "client didn't provide a certificate"):
		return trust.NoClientCertificate
	}
	return ""
}

var _ = Describe("real handshakes of Go", func() {
	It("agree with every cell of the matrix", func() {
		seen := map[trust.Status]int{}
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			w := draw(t)
			v := w.verdict(knowledge.Go, knowledge.Go)
			seen[v.Status]++
			side, status := w.handshake(rapid.SampledFrom([]uint16{tls.VersionTLS12, tls.VersionTLS13}).Draw(t, "version"))
			switch v.Status {
			case trust.Unknown:
			case trust.Trusted:
				if status != trust.Trusted {
					t.Fatalf("trusted, but the handshake says %s: %s", side, status)
				}
			default:
				if status == trust.Trusted || side == v.By && !slices.Contains(statuses(v), status) {
					t.Fatalf("%s by the %s (%s; also %v), but the handshake says %s: %s", v.Status, v.By, v.Why, v.Also, side, status)
				}
			}
		})
		Expect(seen[trust.Unknown]).To(BeNumerically("<", 60), "%v", seen)
		Expect(good().verdict(knowledge.Go, knowledge.Go).Status).To(Equal(trust.Trusted))
		_, status := good().handshake(tls.VersionTLS13)
		Expect(status).To(Equal(trust.Trusted))
	})

	It("agree where no library is named: it then decides only what all of them do", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			w := draw(t)
			v := w.verdict("", "")
			_, status := w.handshake(tls.VersionTLS13)
			if v.Status != trust.Unknown && (v.Status == trust.Trusted) != (status == trust.Trusted) {
				t.Fatalf("%s (%s), but the handshake says %s", v.Status, v.Why, status)
			}
		})
	})
})
