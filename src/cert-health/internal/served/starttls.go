package served

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
func postgreSQL(w *wire, serverName string) outcome {
	answer := make([]byte, 1)
	_, err := io.WriteString(w, sslRequest)
	if err == nil {
		_, err = io.ReadFull(w, answer)
	}
	switch {
	case err != nil:
		return outcome{protocol: Unknown, err: err, retry: listenShort}
	case answer[0] == 'S':
		seen, err := shake(w, serverName)
		return handshakeOutcome(PostgreSQL, seen, serverName, err)
	case answer[0] == 'N':
		return outcome{protocol: Plain}
	case answer[0] == 'E': // the server cannot start a process for the connection
		return outcome{protocol: Unknown, err: errors.New("PostgreSQL accepts no connection now")}
	}
	return outcome{protocol: Plain, retry: listenShort} // not the answer of PostgreSQL
}

// smtp talks to a mail server up to STARTTLS.
func smtp(w *wire, serverName string) outcome {
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
	seen, err := shake(w, serverName)
	return handshakeOutcome(SMTP, seen, serverName, err)
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
func refused(err error) outcome {
	answer := (*textproto.Error)(nil)
	switch {
	case err == nil, errors.As(err, &answer) && answer.Code >= 500:
		return outcome{protocol: Plain}
	case answer != nil: // without the message, which may differ each time
		return outcome{protocol: Unknown, err: fmt.Errorf("it answers STARTTLS with %d", answer.Code)}
	}
	return outcome{protocol: Unknown, err: err}
}

// nats reads the server's INFO, after which the handshake may begin.
func nats(w *wire, serverName string) outcome {
	line, err := w.in.ReadBytes('\n')
	if err != nil {
		return outcome{protocol: Unknown, err: err}
	}
	var info struct {
		Required  bool `json:"tls_required"`
		Available bool `json:"tls_available"`
	}
	if json.Unmarshal(line[len("INFO "):], &info) != nil || !info.Required && !info.Available {
		return outcome{protocol: Plain}
	}
	seen, err := shake(w, serverName)
	return handshakeOutcome(NATS, seen, serverName, err)
}
