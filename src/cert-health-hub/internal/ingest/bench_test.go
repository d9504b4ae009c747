package ingest_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/ingest"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/uplink"
)

// BenchmarkHeartbeat is one heartbeat of 10,000 agents, without TLS: what a minute costs is 10,000 times that.
func BenchmarkHeartbeat(b *testing.B) {
	const agents = 10_000
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	d, err := db.Open(ctx, "sqlite:"+filepath.Join(b.TempDir(), "hub.db"), slog.New(slog.DiscardHandler))
	if err == nil {
		err = d.Migrate(ctx)
	}
	if err != nil {
		b.Fatal(err)
	}
	ca := scenario.Issue(scenario.Spec{CommonName: "agents", CA: true})
	leaf := scenario.Issue(scenario.Spec{CommonName: "cert-health-agent", Client: true, Issuer: ca})
	authorities, err := ingest.NewAuthorities([]byte(ca.CertPEM()), nil)
	if err != nil {
		b.Fatal(err)
	}
	r := newRoster()
	for i := range agents {
		r.list = append(r.list, listed(fmt.Sprint("id-", i), "", fmt.Sprintf("10.0.%d.%d", i/250, i%250)))
	}
	r.known = true
	intake := ingest.New(ingest.Options{Store: benchStore{d}, Roster: r, Authorities: authorities, Log: slog.New(slog.DiscardHandler)})
	go intake.Run(ctx)
	state := &tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf.X509}, VerifiedChains: [][]*x509.Certificate{{leaf.X509, ca.X509}}}
	bodies := make([][]byte, agents)
	for i := range bodies {
		instance := report.Instance{Deployment: "cf", Group: "cell", ID: fmt.Sprint("id-", i), AZ: "z1", Address: "10.0.0.1"}
		bodies[i], err = json.Marshal(uplink.Heartbeat{Schema: 1, Instance: instance, Digest: digestOf("a"), Sequence: uplink.Sequence{Boot: "boot", Count: 1}, ScannedAt: time.Now()})
		if err != nil {
			b.Fatal(err)
		}
	}
	beat := func(i int) int {
		request := httptest.NewRequest(http.MethodPost, uplink.HeartbeatsPath, bytes.NewReader(bodies[i]))
		request.TLS, request.RemoteAddr = state, fmt.Sprintf("10.0.%d.%d:4711", i/250, i%250)
		answer := httptest.NewRecorder()
		intake.ServeHTTP(answer, request)
		return answer.Code
	}
	for beat(0) != http.StatusNoContent {
		runtime.Gosched() // it reads the list
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i = (i + 1) % agents {
		if code := beat(i); code != http.StatusNoContent {
			b.Fatal(code)
		}
	}
}

// benchStore has reports of 10,000 instances, and saves nothing.
type benchStore struct{ *db.DB }

func (s benchStore) FleetHeads(_ context.Context, _ int64, _ func(inventory.Reporting) bool, each func(db.StoredReport) error) (db.Fleet, error) {
	for i := range 10_000 {
		key := inventory.KeyOf("cf", "cell", fmt.Sprint("id-", i))
		if err := each(db.StoredReport{Reporting: inventory.Reporting{Key: key, Digest: digestOf("a"), Sequence: uplink.Sequence{Boot: "boot", Count: 1}}}); err != nil {
			return db.Fleet{}, err
		}
	}
	return db.Fleet{Sequence: 1, Whole: true}, nil
}

func (benchStore) SavePulses(context.Context, []inventory.Pulse) error { return nil }
