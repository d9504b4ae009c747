package alert

import (
	"context"
	"fmt"
	"net"
	"net/smtp"
	"strings"
	"time"
)

// Mailbox is bosh-agent's mail port, through which monit reports too.
type Mailbox struct {
	Address string        // host:port
	Timeout time.Duration // for one mail in all
}

// Send hands one alert over. The mailbox answers well whatever it makes of a mail;
// an error means that it was not handed over, and that it may be tried again.
func (m Mailbox) Send(ctx context.Context, a Alert) error {
	if err := m.send(ctx, a.mail()); err != nil {
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
	// The deadline ends whatever the other side does or leaves undone; the
	// context may end it earlier.
	stop := context.AfterFunc(ctx, func() { _ = connection.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	client, err := smtp.NewClient(connection, "localhost")
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

// mail is the alert in the lines that bosh-agent looks for, in this spelling.
func (a Alert) mail() string {
	return strings.Join([]string{
		"Message-id: <" + a.ID + ">",
		"Service: " + Service,
		"Event: " + a.Event(),
		"Action: " + a.Action(),
		"Date: " + a.Created.Format(time.RFC1123Z),
		"Description: " + a.Description(),
		"",
	}, "\r\n")
}
