package handshake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strings"
)

// sslRequest is PostgreSQL's SSLRequest: a length, and a code in place of a version.
const sslRequest = "\x00\x00\x00\x08\x04\xd2\x16\x2f"

// postgreSQL asks for TLS as libpq does. The answer is one byte.
func postgreSQL(w *Wire, serverName string) Outcome {
	answer := make([]byte, 1)
	_, err := io.WriteString(w, sslRequest)
	if err == nil {
		_, err = io.ReadFull(w, answer)
	}
	switch {
	case err != nil:
		return Outcome{Protocol: Unknown, Err: err, Retry: ListenShort}
	case answer[0] == 'S':
		return w.Shake(PostgreSQL, serverName)
	case answer[0] == 'N':
		return Outcome{Protocol: Plain}
	case answer[0] == 'E': // the server cannot start a process for the connection
		return Outcome{Protocol: Unknown, Err: errors.New("PostgreSQL accepts no connection now")}
	}
	return Outcome{Protocol: Plain, Retry: ListenShort} // not the answer of PostgreSQL
}

// smtp talks to a mail server up to STARTTLS.
func smtp(w *Wire, serverName string) Outcome {
	talk := textproto.NewConn(w)
	if _, _, err := talk.ReadResponse(220); err != nil {
		return refused(err)
	}
	offers, err := command(talk, 250, "EHLO localhost")
	if err != nil || !strings.Contains(strings.ToUpper(offers)+"\n", "\nSTARTTLS\n") {
		w.within(linger)
		_, _ = command(talk, 221, "QUIT")
		return refused(err)
	}
	if _, err := command(talk, 220, "STARTTLS"); err != nil {
		return refused(err)
	}
	return w.Shake(SMTP, serverName)
}

func command(talk *textproto.Conn, expect int, line string) (string, error) {
	if err := talk.PrintfLine("%s", line); err != nil {
		return "", err
	}
	_, message, err := talk.ReadResponse(expect)
	return message, err
}

// refused is the outcome for a server that answers but does not start TLS, permanently or
// for now.
func refused(err error) Outcome {
	answer := (*textproto.Error)(nil)
	switch {
	case err == nil, errors.As(err, &answer) && answer.Code >= 500:
		return Outcome{Protocol: Plain}
	case answer != nil: // without the message, which may differ each time
		return Outcome{Protocol: Unknown, Err: fmt.Errorf("it answers STARTTLS with %d", answer.Code)}
	}
	return Outcome{Protocol: Unknown, Err: err}
}

// nats reads the server's INFO, after which the handshake may begin.
func nats(w *Wire, serverName string) Outcome {
	line, err := w.in.ReadBytes('\n')
	if err != nil {
		return Outcome{Protocol: Unknown, Err: err}
	}
	var info struct {
		Required  bool `json:"tls_required"`
		Available bool `json:"tls_available"`
	}
	if json.Unmarshal(line[len("INFO "):], &info) != nil || !info.Required && !info.Available {
		return Outcome{Protocol: Plain}
	}
	return w.Shake(NATS, serverName)
}
