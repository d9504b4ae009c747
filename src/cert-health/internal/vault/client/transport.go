package client

import (
	"crypto/tls"
	"net/http"
	"time"

	"golang.org/x/time/rate"
)

// maxAnswerTime is the longest wait for the first byte of an answer; Vault itself ends a request
// a little later. maxRequestTime is the longest time of a request with its retries, for callers
// without a deadline.
const (
	maxAnswerTime  = time.Minute
	maxRequestTime = 5 * time.Minute
)

// transport sends every request, retry and redirect. It limits the rate, counts, and compares
// Vault's clock with the clock of this machine.
type transport struct {
	*http.Transport
	client  *Client
	limiter *rate.Limiter // nil: no limit
}

func newTransport(c *Client, inner *http.Transport) *transport {
	inner.MaxIdleConnsPerHost = c.options.Concurrency
	inner.MaxResponseHeaderBytes = maxHeader
	inner.ResponseHeaderTimeout = maxAnswerTime
	if c.options.RequestTime > 0 {
		inner.ResponseHeaderTimeout = c.options.RequestTime
	}
	inner.TLSClientConfig.Time = c.options.Now
	if c.options.Auth.Cert.Certificate != "" {
		inner.TLSClientConfig.GetClientCertificate = c.loadCertificate
	}
	t := &transport{Transport: inner, client: c}
	if c.options.Rate > 0 {
		t.limiter = rate.NewLimiter(rate.Limit(c.options.Rate), c.options.Burst)
	}
	return t
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := t.wait(request); err != nil {
		if request.Body != nil {
			_ = request.Body.Close()
		}
		return nil, err
	}
	t.client.requests.Add(1)
	response, err := t.Transport.RoundTrip(request)
	if err == nil {
		t.client.answered.Store(true)
		t.client.noteClock(response)
		t.client.noteServer(response.TLS)
		bounded(response)
	}
	return response, err
}

// wait limits the rate. It fails at once if the deadline is before the request may be sent.
func (t *transport) wait(request *http.Request) error {
	if t.limiter == nil || t.limiter.Wait(request.Context()) == nil {
		return nil
	}
	if err := request.Context().Err(); err != nil {
		return err
	}
	return &Fault{Kind: Busy, sentence: t.client.name(settingRate) + " delays this request beyond " + t.client.name(settingTimeout) + ": raise one of them"}
}

// noteClock compares the date of the answer with the clock of this machine.
func (c *Client) noteClock(response *http.Response) {
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		c.skew.Store(int64(date.Sub(c.options.Now().Truncate(time.Second))))
	}
}

// loadCertificate reads the client certificate for each handshake, because another process may renew it.
func (c *Client) loadCertificate(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	pair, err := c.options.Auth.Cert.pair()
	if err != nil {
		return nil, rejected("read the client certificate: %s: correct %s", oneLine(err.Error()), c.options.property(settingClientCert))
	}
	return &pair, nil
}
