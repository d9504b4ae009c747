// Package mailbox hands alerts to bosh-agent, which passes them on to the Health Monitor.
package mailbox

import (
	"context"
	"fmt"
	"net"
	"net/smtp"
	"time"

	"cert-health/internal/alert"
)

// Mailbox is bosh-agent's mail port. monit uses it too.
type Mailbox struct {
	Address string        // host:port
	Timeout time.Duration // of one whole mail
}

// Send hands over one alert. bosh-agent accepts any mail, even one that it drops. An error
// means that the mail was not handed over, and that the caller may try again.
func (m Mailbox) Send(ctx context.Context, a alert.Alert) error {
	if err := m.send(ctx, a.Mail()); err != nil {
		return fmt.Errorf("mail to bosh-agent at %s: %w", m.Address, err)
	}
	return nil
}

func (m Mailbox) send(ctx context.Context, mail string) error {
	ctx, cancel := context.WithTimeout(ctx, m.Timeout)
	defer cancel()
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", m.Address)
	if err != nil {
		return err
	}
	defer connection.Close()
	// The deadline ends a conversation that hangs; the context may end it earlier.
	stop := context.AfterFunc(ctx, func() { _ = connection.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	client, err := smtp.NewClient(&limited{Conn: connection, left: maxReplies}, "localhost")
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.Mail("cert-health@localhost"); err != nil {
		return err
	}
	if err := client.Rcpt("agent@local"); err != nil {
		return err
	}
	data, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := data.Write([]byte(mail)); err != nil {
		return err
	}
	if err := data.Close(); err != nil {
		return err
	}
	return client.Quit()
}

// maxReplies is how many bytes one conversation reads. bosh-agent answers with some 200.
const maxReplies = 16 << 10

// limited is a connection that reads a limited number of bytes: whatever listens at the mail port
// could answer without end.
type limited struct {
	net.Conn
	left int
}

// errReplies says that the limit is reached.
var errReplies = fmt.Errorf("its replies have more than %d bytes: check which process listens there", maxReplies)

// Read implements io.Reader.
func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errReplies
	}
	n, err := l.Conn.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}
