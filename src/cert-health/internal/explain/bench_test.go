package explain_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"cert-health/internal/explain"
	"cert-health/internal/knowledge"
)

// BenchmarkLines reads logs in which each line is about a certificate.
func BenchmarkLines(b *testing.B) {
	known, err := knowledge.LoadSymptoms("")
	if err != nil {
		b.Fatal(err)
	}
	words := explain.NewVocabulary(known)
	log := strings.Repeat(`2019/07/12 22:26:01 http: TLS handshake error from 10.0.1.5:41234: tls: failed to verify certificate: `+expired+"\n", 10_000)
	b.SetBytes(int64(len(log)))
	for b.Loop() {
		if err := explain.NewReader(words, runtime.GOMAXPROCS(0)).Read(b.Context(), "x.log", io.Reader(strings.NewReader(log))); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkExplain explains 2,000 groups with a survey of 5,000 cells.
func BenchmarkExplain(b *testing.B) {
	known, err := knowledge.LoadSymptoms("")
	if err != nil {
		b.Fatal(err)
	}
	r := explain.NewReader(explain.NewVocabulary(known), 1)
	for n := range 2000 {
		line := fmt.Sprintf("http: TLS handshake error from 10.0.1.%d:4: tls: failed to verify certificate: x509: certificate signed by unknown authority\n", n)
		if err := r.Read(b.Context(), "/var/vcap/sys/log/bbs/bbs.log", strings.NewReader(line)); err != nil {
			b.Fatal(err)
		}
	}
	s := newPlatform(5000).Build(night)
	for b.Loop() {
		explain.Explain(r.Sightings(), known, s, night)
	}
}
