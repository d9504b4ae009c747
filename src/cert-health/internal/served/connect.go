package served

import (
	"bytes"
	"context"
	"errors"
	"os"
)

// approach is a way to begin a connection.
type approach int

const (
	none          approach = iota
	listenShort            // wait a short time for the server to speak first, then send a ClientHello
	listenLong             // the server speaks first: wait for it
	clientHello            // send a ClientHello
	askPostgreSQL          // send PostgreSQL's SSLRequest
)

// approach returns how to begin with a known protocol.
func (p Protocol) approach() approach {
	switch p {
	case TLS:
		return clientHello
	case PostgreSQL:
		return askPostgreSQL
	case MySQL, SMTP, NATS:
		return listenLong
	}
	return none
}

// connect makes one connection, and a handshake if the server speaks TLS.
func (v *visit) connect(ctx context.Context, how approach, serverName string) outcome {
	ctx, cancel := context.WithTimeout(ctx, v.options.Timeout)
	defer cancel()
	connection, err := v.dial(ctx)
	if err != nil {
		return outcome{protocol: Unknown, err: err}
	}
	w := newWire(ctx, connection)
	defer w.Close()
	return v.converse(w, how, serverName)
}

func (v *visit) converse(w *wire, how approach, serverName string) outcome {
	switch how {
	case listenShort:
		w.within(v.options.Patience)
		return listen(w, serverName)
	case listenLong:
		return listen(w, serverName)
	case askPostgreSQL:
		return postgreSQL(w, serverName)
	}
	return hello(w, serverName)
}

// listen waits for the server to speak first, and sends a ClientHello if it does not.
func listen(w *wire, serverName string) outcome {
	_, err := w.in.Peek(1)
	w.within(0)
	switch {
	case len(w.head()) > 0:
		return greeted(w, serverName)
	case errors.Is(err, os.ErrDeadlineExceeded) && w.ctx.Err() == nil:
		return hello(w, serverName)
	}
	return outcome{protocol: Unknown, err: err}
}

// greeted answers a server that spoke first.
func greeted(w *wire, serverName string) outcome {
	// The first bytes may arrive alone: wait for the rest of the head.
	switch greeting, _ := w.in.Peek(headSize); {
	case looksLikeMySQL(greeting):
		return mySQL(w, serverName)
	case looksLikeSMTP(greeting):
		return smtp(w, serverName)
	case looksLikeNATS(greeting):
		return nats(w, serverName)
	}
	return outcome{protocol: Plain} // a TLS server never speaks first
}

// hello sends a ClientHello. An answer that is not TLS may tell the protocol.
func hello(w *wire, serverName string) outcome {
	seen, err := shake(w, serverName)
	head := w.head()
	switch {
	case len(seen.chain) > 0 || looksLikeTLS(head):
		return handshakeOutcome(TLS, seen, serverName, err)
	case looksLikeMySQL(head), looksLikeSMTP(head), looksLikeNATS(head):
		return outcome{protocol: Unknown, err: err, retry: listenLong}
	case len(head) > 0:
		return outcome{protocol: Plain}
	case w.ctx.Err() != nil:
		return outcome{protocol: Unknown, err: os.ErrDeadlineExceeded}
	}
	// PostgreSQL closes the connection after a ClientHello, without an answer.
	return outcome{protocol: Unknown, err: err, retry: askPostgreSQL}
}

// handshakeOutcome is the outcome of a handshake.
func handshakeOutcome(protocol Protocol, seen shown, serverName string, err error) outcome {
	chain, unreadable := chainOf(seen.chain)
	if len(chain) == 0 {
		return outcome{protocol: protocol, err: errors.Join(unreadable, err)}
	}
	return outcome{protocol: protocol, chains: []Chain{{ServerName: serverName, Certificates: chain, Proven: seen.proven, der: copies(seen.chain)}}}
}

// copies are copies of the first certificates, which keep no more memory.
func copies(chain [][]byte) (list [][]byte) {
	for _, der := range chain[:min(len(chain), maxKeptChain)] {
		if len(der) > maxKeptSize {
			return nil
		}
		list = append(list, bytes.Clone(der))
	}
	return list
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
