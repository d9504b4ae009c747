package tls

import (
	"bufio"
	"fmt"
	"io"
	"net/textproto"
	"strings"

	"cert-health/internal/handshake"
)

// The dialogues before TLS that package handshake does not have: only the hub needs them. None reads
// beyond the server's answer, so the handshake begins with the next byte.

// The protocols of these dialogues.
const (
	protocolIMAP handshake.Protocol = "imap"
	protocolPOP3 handshake.Protocol = "pop3"
	protocolFTP  handshake.Protocol = "ftp"
	protocolLDAP handshake.Protocol = "ldap"
)

// imap is RFC 9051.
func imap(w *handshake.Wire, serverName string) handshake.Outcome {
	talk := bufio.NewReader(w)
	if err := expect(talk, "* OK"); err != nil {
		return failed(err)
	}
	if _, err := io.WriteString(w, "a STARTTLS\r\n"); err != nil {
		return failed(err)
	}
	for { // other answers may come before the one with the tag; the number of bytes is limited
		line, err := talk.ReadString('\n')
		switch {
		case err != nil:
			return failed(err)
		case strings.HasPrefix(strings.ToUpper(line), "A OK"):
			return w.Shake(protocolIMAP, serverName)
		case strings.HasPrefix(strings.ToUpper(line), "A "):
			return handshake.Outcome{Protocol: handshake.Plain}
		}
	}
}

// pop3 is RFC 2595.
func pop3(w *handshake.Wire, serverName string) handshake.Outcome {
	talk := bufio.NewReader(w)
	if err := expect(talk, "+OK"); err != nil {
		return failed(err)
	}
	if _, err := io.WriteString(w, "STLS\r\n"); err != nil {
		return failed(err)
	}
	if err := expect(talk, "+OK"); err != nil {
		return failed(err)
	}
	return w.Shake(protocolPOP3, serverName)
}

// ftp is RFC 4217.
func ftp(w *handshake.Wire, serverName string) handshake.Outcome {
	talk := textproto.NewConn(w)
	if _, _, err := talk.ReadResponse(220); err != nil {
		return failed(err)
	}
	if err := talk.PrintfLine("AUTH TLS"); err != nil {
		return failed(err)
	}
	if _, _, err := talk.ReadResponse(234); err != nil {
		return failed(err)
	}
	return w.Shake(protocolFTP, serverName)
}

// expect reads one line, which must begin with a word.
func expect(talk *bufio.Reader, word string) error {
	line, err := talk.ReadString('\n')
	if err == nil && !strings.HasPrefix(strings.ToUpper(line), word) {
		return &textproto.Error{Code: 500, Msg: line}
	}
	return err
}

// failed is the outcome of a dialogue that did not come to the handshake.
func failed(err error) handshake.Outcome {
	if answer, is := err.(*textproto.Error); is { //nolint:errorlint // it is never wrapped
		if answer.Code >= 500 {
			return handshake.Outcome{Protocol: handshake.Plain}
		}
		// Without the message, which may differ each time.
		err = fmt.Errorf("it answers the request for TLS with %d", answer.Code)
	}
	return handshake.Outcome{Protocol: handshake.Unknown, Err: err}
}
