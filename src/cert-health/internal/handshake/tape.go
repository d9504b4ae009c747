package handshake

import (
	"bytes"
	"encoding/hex"
)

// tape is a connection that keeps what it sends and receives. crypto/tls ends the handshake with a
// server whose certificate it cannot read or use, and does not return that certificate. Then the
// certificate, and the proof that the server has its key, are read from the tape.
type tape struct {
	*Wire
	sent     []byte // a few hundred bytes: the client sends little before it has read the certificate
	received []byte // at most maxReceived
	secrets  bytes.Buffer
}

// Write sends and keeps what was sent.
func (t *tape) Write(p []byte) (int, error) {
	t.sent = append(t.sent, p...)
	return t.Wire.Write(p)
}

// Read reads what was received and keeps it.
func (t *tape) Read(p []byte) (int, error) {
	n, err := t.Wire.Read(p)
	t.received = append(t.received, p[:n]...)
	return n, err
}

// The types of records and of handshake messages that are of use.
const (
	recordHandshake    = 22
	recordApplication  = 23 // an encrypted record of TLS 1.3
	messageClientHello = 1
	messageHello       = 2  // ServerHello
	messageChain       = 11 // Certificate
)

// shown returns the certificates that the server sent, as DER, and whether it proved that it has
// the key. There are none if the message with them did not come or cannot be decrypted.
func (t *tape) shown() shown {
	client, _ := records(t.sent)
	plain, rest := records(t.received)
	if body, ok := message(plain, messageChain); ok {
		chain := list(body, noExtensions)
		return shown{chain, len(chain) > 0 && proof12(client, plain, plain, keyOf(chain[0]))}
	}
	hello, ok := message(plain, messageHello)
	if !ok {
		return shown{}
	}
	suite := suiteOf(hello)
	opener := newOpener(suite, t.secret())
	if opener == nil {
		return shown{}
	}
	decrypted := opener.handshake(rest)
	body, ok := message(decrypted, messageChain)
	if !ok || len(body) == 0 || len(body) < 1+int(body[0]) {
		return shown{}
	}
	chain := list(body[1+int(body[0]):], extensions) // after the context of the request
	return shown{chain, len(chain) > 0 && proof13(client, plain, decrypted, suite, keyOf(chain[0]))}
}

// secret returns the secret with which the server encrypts its handshake in TLS 1.3. It protects
// only the server's certificate, and is forgotten with the connection.
func (t *tape) secret() []byte {
	for line := range bytes.Lines(t.secrets.Bytes()) {
		if fields := bytes.Fields(line); len(fields) == 3 && string(fields[0]) == "SERVER_HANDSHAKE_TRAFFIC_SECRET" {
			secret, _ := hex.DecodeString(string(fields[2]))
			return secret
		}
	}
	return nil
}

// tlsRecord is a record of TLS with its header.
type tlsRecord []byte

// records joins the contents of the unencrypted records of the handshake, and returns the
// encrypted records.
func records(data []byte) (plain []byte, encrypted []tlsRecord) {
	for len(data) >= 5 {
		end := 5 + int(data[3])<<8 + int(data[4])
		if len(data) < end {
			break
		}
		switch data[0] {
		case recordHandshake:
			if encrypted == nil {
				plain = append(plain, data[5:end]...)
			}
		case recordApplication:
			encrypted = append(encrypted, data[:end])
		}
		data = data[end:]
	}
	return plain, encrypted
}

// message finds the body of the first message of a type in a handshake.
func message(handshake []byte, kind byte) (body []byte, ok bool) {
	found, _ := split(from(handshake, kind))
	if found == nil {
		return nil, false
	}
	return found[4:], true
}

// from returns the part of a handshake from the first message of a type on; empty without one.
func from(handshake []byte, kind byte) []byte {
	for {
		first, rest := split(handshake)
		if first == nil {
			return nil
		}
		if first[0] == kind {
			return handshake
		}
		handshake = rest
	}
}

// split returns the first message of a handshake, with its type and length; nil if it is not complete.
func split(handshake []byte) (first, rest []byte) {
	if len(handshake) < 4 {
		return nil, nil
	}
	_, rest, ok := sized(handshake[1:])
	if !ok {
		return nil, nil
	}
	return handshake[:len(handshake)-len(rest)], rest
}

// sized reads a value after its length, which has three bytes.
func sized(data []byte) (value, rest []byte, ok bool) {
	if len(data) < 3 {
		return nil, nil, false
	}
	end := 3 + int(data[0])<<16 + int(data[1])<<8 + int(data[2])
	if len(data) < end {
		return nil, nil, false
	}
	return data[3:end], data[end:], true
}

// maxChain is the number of certificates that are read of a chain.
const maxChain = 100

// entryForm is the form of one certificate in a list.
type entryForm int

const (
	noExtensions entryForm = iota
	extensions             // TLS 1.3: extensions follow, after their length, which has two bytes
)

// list reads a list of certificates.
func list(data []byte, form entryForm) (certificates [][]byte) {
	rest, _, _ := sized(data)
	for {
		der, after, ok := sized(rest)
		if !ok || len(certificates) == maxChain {
			return certificates
		}
		certificates = append(certificates, der)
		if form == extensions {
			if len(after) < 2 || len(after) < 2+int(after[0])<<8+int(after[1]) {
				return certificates
			}
			after = after[2+int(after[0])<<8+int(after[1]):]
		}
		rest = after
	}
}

// suiteOf reads the cipher suite in a ServerHello: after the version, a random value and the
// identifier of a session.
func suiteOf(hello []byte) uint16 {
	const session = 2 + 32
	if len(hello) <= session || len(hello) < session+1+int(hello[session])+2 {
		return 0
	}
	suite := hello[session+1+int(hello[session]):]
	return uint16(suite[0])<<8 | uint16(suite[1])
}
