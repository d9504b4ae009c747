package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"cert-health/internal/report"
	"cert-health/internal/uplink"
)

// patience bounds one exchange of an agent.
const patience = time.Minute

// agent is a simulated agent.
type agent struct {
	instance   report.Instance
	address    string // of the hub
	dialer     net.Dialer
	tls        *tls.Config // keeps the sessions of this agent
	count      uint64      // of its sequence
	generation int         // of its certificates
	whole      []byte      // the next report, compressed
	resumed    bool        // the last connection resumed a session
}

func newAgent(number int, address string, keys *keys) *agent {
	group := number / 100 % 10
	name := sha256.Sum256(fmt.Appendf(nil, "%d", number))
	id := hex.EncodeToString(name[:16])
	a := &agent{address: address, instance: report.Instance{Deployment: fmt.Sprintf("cf-%d", number/1000), Group: fmt.Sprintf("group-%d", group),
		ID: id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:], AZ: fmt.Sprintf("z%d", 1+number%3)}}
	own := net.IPv4(127, byte(1+number>>16), byte(number>>8), byte(number))
	a.instance.Address = own.String()
	a.dialer.LocalAddr = &net.TCPAddr{IP: own}
	a.tls = &tls.Config{RootCAs: keys.pool, ServerName: "127.0.0.1", Certificates: []tls.Certificate{keys.client},
		ClientSessionCache: tls.NewLRUClientSessionCache(1)}
	return a
}

// digest stands for that of the newest report. The hub takes it as it is.
func (a *agent) digest() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", a.instance.ID, a.generation))
	return hex.EncodeToString(sum[:])
}

func (a *agent) sequence() uplink.Sequence {
	a.count++
	return uplink.Sequence{Boot: a.instance.ID, Count: a.count}
}

// prepare makes the report of a generation, which send sends.
func (a *agent) prepare(t report.Report, generation int) (err error) {
	a.generation = generation
	a.whole, err = message(vary(t, a.instance, generation), a.digest(), a.sequence())
	return err
}

// session is a connection of an agent to the hub.
type session struct {
	*tls.Conn
	answers *bufio.Reader
}

// connect makes a new connection: an agent keeps none for a minute.
func (a *agent) connect(ctx context.Context) (*session, error) {
	raw, err := a.dialer.DialContext(ctx, "tcp", a.address)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, a.tls)
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, err
	}
	a.resumed = conn.ConnectionState().DidResume
	return &session{conn, bufio.NewReader(conn)}, nil
}

// post sends one request and returns the status of the answer.
func (s *session) post(path string, body []byte, compressed bool) (status int, err error) {
	request, err := http.NewRequest(http.MethodPost, "https://hub"+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	if compressed {
		request.Header.Set("Content-Encoding", "gzip")
	}
	if err := request.Write(s); err != nil {
		return 0, err
	}
	response, err := http.ReadResponse(s.answers, request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

// beat sends a heartbeat, and the whole report if the hub asks for it.
func (a *agent) beat(ctx context.Context, whole func() error) (asked bool, err error) {
	body, err := json.Marshal(uplink.Heartbeat{Schema: uplink.Schema, Instance: a.instance, Digest: a.digest(), Sequence: a.sequence(), ScannedAt: time.Now()})
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s, err := a.connect(ctx)
	if err != nil {
		return false, err
	}
	defer s.Close()
	status, err := s.post(uplink.HeartbeatsPath, body, false)
	if err == nil && status == http.StatusConflict {
		if err = whole(); err == nil {
			status, err = s.post(uplink.ReportsPath, a.whole, true)
		}
		asked = true
	}
	return asked, refused(status, err)
}

// send sends the prepared report.
func (a *agent) send(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	return refused(s.post(uplink.ReportsPath, a.whole, true))
}

func refused(status int, err error) error {
	if err == nil && status != http.StatusNoContent {
		err = fmt.Errorf("the hub answers %d", status)
	}
	return err
}
