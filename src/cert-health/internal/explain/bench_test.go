package explain_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"cert-health/internal/explain"
	"cert-health/internal/knowledge"
)

// mixed are logs of all kinds: one line in fifty is about a certificate.
func mixed() []byte {
	var log bytes.Buffer
	for n := 0; log.Len() < 16<<20; n++ {
		switch {
		case n%50 == 0:
			fmt.Fprintf(&log, `{"timestamp":"1562970361.%09d","source":"rep","message":"rep.fetch-failed","log_level":2,"data":{"error":"Get \"https://10.0.1.%d:9023/x\": tls: failed to verify certificate: %s"}}`, n, n%200, expired)
		case n%3 == 0:
			fmt.Fprintf(&log, `{"timestamp":"2019-07-12T22:26:01.%09dZ","level":"info","source":"bbs","message":"bbs.request.desired-lrps.complete","data":{"session":"%d.1","guid":"%x-4f3b-8a7e","duration":"%dus"}}`, n, n, n*7919, n%977)
		case n%3 == 1:
			fmt.Fprintf(&log, `api.example.com - [2019-07-12T22:26:01.%06d] "GET /v3/apps/%x?page=%d HTTP/1.1" 200 0 %d "-" "cf/8.7" "10.0.%d.%d:41234" "10.0.4.5:9024" x_forwarded_for:"10.0.9.9" vcap_request_id:"%x" response_time:0.0%d app_index:"0"`, n, n*31, n%10, n%5000, n%9, n%251, n*7907, n%99)
		default:
			fmt.Fprintf(&log, `<14>1 2019-07-12T22:26:01.%06dZ 10.0.1.%d gorouter rs2 - [instance@47450 director="" deployment="cf" group="router" az="z1" id="%x"] starting certificate reload of tls.crt, nothing changed`, n, n%250, n)
		}
		log.WriteByte('\n')
	}
	return log.Bytes()
}

// BenchmarkRead compares reading mixed logs with the floor: reading the same bytes, and counting their lines.
// go test -run '^$' -bench Read -benchtime 20x ./internal/explain
func BenchmarkRead(b *testing.B) {
	known, err := knowledge.LoadSymptoms("")
	if err != nil {
		b.Fatal(err)
	}
	words, log := explain.NewVocabulary(known), mixed()
	var floor, ours time.Duration
	b.SetBytes(int64(len(log)))
	for b.Loop() {
		started := time.Now()
		lines, buffer, in := 0, make([]byte, 256<<10), bytes.NewReader(log)
		for n, err := in.Read(buffer); err == nil; n, err = in.Read(buffer) {
			lines += bytes.Count(buffer[:n], []byte{'\n'})
		}
		floor += time.Since(started)
		started = time.Now()
		r := explain.NewReader(words, runtime.GOMAXPROCS(0))
		if err := r.Read(b.Context(), "x.log", bytes.NewReader(log)); err != nil {
			b.Fatal(err)
		}
		ours += time.Since(started)
		if s := r.Sightings(); int(s.Lines) != lines {
			b.Fatalf("%d lines of %d", s.Lines, lines)
		}
	}
	b.ReportMetric(float64(ours)/float64(floor), "x-floor")
	b.ReportMetric(float64(len(log))*float64(b.N)/1e6/ours.Seconds(), "MB/s-read")
}

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
