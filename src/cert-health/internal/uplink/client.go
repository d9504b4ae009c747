package uplink

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
)

// What a hub answers to a message that it does not want.
var (
	// ErrSendWhole is the answer to a heartbeat: the hub does not have the report.
	ErrSendWhole = errors.New("the hub does not have this report")
	// ErrOlder is the answer to a report: the hub has one with a sequence that is not older.
	ErrOlder = errors.New("the hub has a report of this instance whose sequence is not older: another VM may report as the same instance")
)

// Client sends the messages of one agent. It follows no redirect, bounds what it reads, and shows the
// client certificate in the files as they are now. It is safe for concurrent use.
type Client struct {
	options Options
	bases   []*url.URL

	mutex   sync.Mutex
	current int // the number of the hub that is tried first
	channel *channel
	trouble string // why the files are not used as they are now
}

// New prepares a client. It reads no file and sends nothing.
func New(o Options) (*Client, error) {
	o, bases, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Client{options: o, bases: bases, current: o.First % len(bases)}, nil
}

// Heartbeat says that the agent lives. It returns ErrSendWhole if the hub needs the report.
func (c *Client) Heartbeat(ctx context.Context, h Heartbeat) error {
	body, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("encode the heartbeat: %w", err)
	}
	return conflict(ErrSendWhole)(c.post(ctx, message{path: HeartbeatsPath, body: body, success: http.StatusNoContent}))
}

// Report sends a whole report. It returns ErrOlder if the hub has one that is not older.
func (c *Client) Report(ctx context.Context, r Report) error {
	body, err := compressed(r)
	if err != nil {
		return err
	}
	return conflict(ErrOlder)(c.post(ctx, message{path: ReportsPath, body: body, compressed: true, success: http.StatusNoContent}))
}

// References asks what stores hold.
func (c *Client) References(ctx context.Context, r ReferencesRequest) (*ReferencesAnswer, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode the request for references: %w", err)
	}
	if len(body) > MaxReferences {
		return nil, fmt.Errorf("the request for references has more than %d MB, and the hub takes no larger one", MaxReferences>>20)
	}
	contents, err := c.post(ctx, message{path: ReferencesPath, body: body, success: http.StatusOK, limit: MaxReferencesBack})
	if err != nil {
		return nil, err
	}
	var answer ReferencesAnswer
	if json.Unmarshal(contents, &answer) != nil || answer.Schema == 0 || answer.State == "" {
		return nil, c.notHub(c.URL())
	}
	return &answer, nil
}

// URL is that of the hub that is asked first: the one that has answered last.
func (c *Client) URL() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.bases[c.current].String()
}

// Note says what does not work as configured although the hub answers; empty if everything does.
func (c *Client) Note() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.trouble != "" {
		return c.trouble
	}
	if c.channel == nil {
		return ""
	}
	return c.channel.note()
}

// Close closes the connections.
func (c *Client) Close() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.channel != nil {
		c.channel.close()
		c.channel = nil
	}
}

// compressed is the body of a report.
func compressed(r Report) ([]byte, error) {
	if len(r.Report) > MaxWholeReport {
		return nil, tooLarge(MaxWholeReport)
	}
	var body bytes.Buffer
	packer := gzip.NewWriter(&body)
	err := json.NewEncoder(packer).Encode(r)
	if err = errors.Join(err, packer.Close()); err != nil {
		return nil, fmt.Errorf("encode the report: %w", err)
	}
	if body.Len() > MaxReport {
		return nil, tooLarge(MaxReport)
	}
	return body.Bytes(), nil
}

func tooLarge(limit int) error {
	return fmt.Errorf("the report has more than %d MB, and the hub takes no larger one: exclude files with many certificates (cert_health.scan.exclude)", limit>>20)
}

// conflict replaces the fault of an answer 409.
func conflict(with error) func([]byte, error) error {
	return func(_ []byte, err error) error {
		if fault := (*Fault)(nil); errors.As(err, &fault) && fault.Status == http.StatusConflict {
			return with
		}
		return err
	}
}
