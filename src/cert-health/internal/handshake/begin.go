package handshake

import (
	"bytes"
	"errors"
	"os"
	"time"
)

// Begin begins a connection in one way, and makes a handshake if the server speaks TLS. The server
// name (SNI) may be empty. Patience is how long ListenShort waits for the server.
func (w *Wire) Begin(how Approach, serverName string, patience time.Duration) Outcome {
	switch how {
	case ListenShort:
		w.within(patience)
		return listen(w, serverName)
	case ListenLong:
		return listen(w, serverName)
	case AskPostgreSQL:
		return postgreSQL(w, serverName)
	}
	return hello(w, serverName)
}

// listen waits for the server to speak first, and sends a ClientHello if it does not.
func listen(w *Wire, serverName string) Outcome {
	_, err := w.in.Peek(1)
	w.within(0)
	switch {
	case len(w.head()) > 0:
		return greeted(w, serverName)
	case errors.Is(err, os.ErrDeadlineExceeded) && w.ctx.Err() == nil:
		return hello(w, serverName)
	}
	return Outcome{Protocol: Unknown, Err: err}
}

// greeted answers a server that spoke first.
func greeted(w *Wire, serverName string) Outcome {
	// The first bytes may arrive alone: wait for the rest of the head.
	switch greeting, _ := w.in.Peek(headSize); {
	case looksLikeMySQL(greeting):
		return mySQL(w, serverName)
	case looksLikeSMTP(greeting):
		return smtp(w, serverName)
	case looksLikeNATS(greeting):
		return nats(w, serverName)
	}
	return Outcome{Protocol: Plain} // a TLS server never speaks first
}

// hello sends a ClientHello. An answer that is not TLS may tell the protocol.
func hello(w *Wire, serverName string) Outcome {
	seen, err := shake(w, serverName)
	head := w.head()
	switch {
	case len(seen.chain) > 0 || looksLikeTLS(head):
		return ended(TLS, seen, err)
	case looksLikeMySQL(head), looksLikeSMTP(head), looksLikeNATS(head):
		return Outcome{Protocol: Unknown, Err: err, Retry: ListenLong}
	case len(head) > 0:
		return Outcome{Protocol: Plain}
	case w.ctx.Err() != nil:
		return Outcome{Protocol: Unknown, Err: os.ErrDeadlineExceeded}
	}
	// PostgreSQL closes the connection after a ClientHello, without an answer.
	return Outcome{Protocol: Unknown, Err: err, Retry: AskPostgreSQL}
}

// looksLikeTLS recognises a record of a handshake or of an alert, of any version.
func looksLikeTLS(head []byte) bool {
	return len(head) >= 2 && (head[0] == 0x16 || head[0] == 0x15) && head[1] == 3
}

// looksLikeMySQL recognises the first packet: three bytes of length, the number 0, and
// the version 10 of the protocol or an error.
func looksLikeMySQL(head []byte) bool {
	return len(head) >= headSize && head[2] == 0 && head[3] == 0 && (head[4] == 10 || head[4] == 0xff)
}

// looksLikeSMTP recognises a greeting, which FTP has too, or a server that is too busy.
func looksLikeSMTP(head []byte) bool {
	return bytes.HasPrefix(head, []byte("220")) || bytes.HasPrefix(head, []byte("421"))
}

// looksLikeNATS recognises the INFO message of a NATS server.
func looksLikeNATS(head []byte) bool { return bytes.HasPrefix(head, []byte("INFO ")) }
