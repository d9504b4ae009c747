package remind

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strings"

	"github.com/wneessen/go-mail"

	"cert-health/internal/secret"
	"cert-health/internal/strict"
)

// Mail is a server that takes mails.
type Mail struct {
	Host     string       `yaml:"host"`
	Port     uint16       `yaml:"port"` // 0: 587, or 465 with encryption tls
	From     string       `yaml:"from"`
	To       []string     `yaml:"to"`
	Username string       `yaml:"username"`
	Password secret.Value `yaml:"password"`
	// Encryption is starttls (the default), tls, or none.
	Encryption string `yaml:"encryption"`
	CACert     string `yaml:"ca_cert"` // PEM; empty: the CAs of the system
}

func (m Mail) problems(at string) (problems strict.Problems) {
	if m.Host == "" {
		problems.Add("%s.host is missing", at)
	}
	if len(m.To) == 0 {
		problems.Add("%s.to is empty: write the addresses that get the mails", at)
	}
	message := mail.NewMsg()
	if message.From(m.From) != nil {
		problems.Add("%s.from is not a mail address", at)
	}
	if len(m.To) > 0 && message.To(m.To...) != nil {
		problems.Add("%s.to contains something that is not a mail address", at)
	}
	if m.Encryption != "" {
		problems.OneOf(at+".encryption", m.Encryption, []string{"starttls", "tls", "none"})
	}
	if m.Encryption == "none" && m.Username != "" {
		problems.Add("%s.username needs encryption: a password is not sent without it", at)
	}
	if m.CACert != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(m.CACert)) {
		problems.Add("%s.ca_cert contains no certificate: set it to the PEM text, not to the name of a file", at)
	}
	return problems
}

// send implements channel.
func (m Mail) send(ctx context.Context, message Message) error {
	mailed := mail.NewMsg()
	if err := errors.Join(mailed.From(m.From), mailed.To(m.To...)); err != nil {
		return errors.New("a mail address of the channel is not valid")
	}
	mailed.Subject("cert-health: " + strings.Join(strings.Fields(message.Title), " "))
	mailed.SetMessageIDWithValue(message.ID + "@cert-health")
	mailed.SetDateWithValue(message.At)
	mailed.SetBodyString(mail.TypeTextPlain, message.Text())
	client, err := mail.NewClient(m.Host, m.options()...)
	if err != nil {
		return fmt.Errorf("the settings of the mail server are not valid: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, mailed); err != nil {
		return mailError(err)
	}
	return nil
}

func (m Mail) options() []mail.Option {
	options := []mail.Option{mail.WithTimeout(attemptTime)}
	settings := &tls.Config{ServerName: m.Host, MinVersion: tls.VersionTLS12}
	if m.CACert != "" {
		settings.RootCAs = x509.NewCertPool()
		settings.RootCAs.AppendCertsFromPEM([]byte(m.CACert))
	}
	switch m.Encryption {
	case "tls":
		options = append(options, mail.WithSSLPort(false))
	case "none":
		options = append(options, mail.WithTLSPortPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPortPolicy(mail.TLSMandatory))
	}
	options = append(options, mail.WithTLSConfig(settings))
	if m.Port != 0 {
		options = append(options, mail.WithPort(int(m.Port)))
	}
	if m.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.Username), mail.WithPassword(m.Password.Reveal()))
	}
	return options
}

// mailError says in one sentence why a mail was not taken. It quotes the answer's code only: some
// servers repeat what they were sent.
func mailError(err error) error {
	var answer *textproto.Error
	var network net.Error
	var authority x509.UnknownAuthorityError
	switch {
	case errors.As(err, &answer):
		return fmt.Errorf("the mail server refused the mail with code %d", answer.Code)
	case errors.As(err, &authority):
		return errors.New("the certificate of the mail server is not trusted: set ca_cert of the channel")
	case errors.As(err, &network) && network.Timeout():
		return errors.New("the mail server did not answer in time")
	}
	return errors.New("the mail server could not be used: check host, port, encryption and password of the channel")
}
