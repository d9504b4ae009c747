package served

import (
	"bytes"
	"encoding/hex"
)

// tape is a connection that keeps what it receives. crypto/tls ends the handshake with a
// server whose certificate it cannot read or use, and does not return that certificate. Then it
// is read from what was received.
type tape struct {
	*wire
	received []byte // at most maxReceived
	secrets  bytes.Buffer
}

// Read reads what was received and keeps it.
func (t *tape) Read(p []byte) (int, error) {
	n, err := t.wire.Read(p)
	t.received = append(t.received, p[:n]...)
	return n, err
}

// The types of records and of handshake messages that are of use.
const (
	recordHandshake   = 22
	recordApplication = 23 // an encrypted record of TLS 1.3
	messageHello      = 2  // ServerHello
	messageChain      = 11 // Certificate
)

// certificates returns the certificates that the server sent, as DER. It returns none if the
// message with them did not come or cannot be decrypted.
func (t *tape) certificates() [][]byte {
	plain, rest := records(t.received)
	if body, ok := message(plain, messageChain); ok {
		return list(body, noExtensions)
	}
	hello, ok := message(plain, messageHello)
	if !ok {
		return nil
	}
	opener := newOpener(suiteOf(hello), t.secret())
	if opener == nil {
		return nil
	}
	body, ok := message(opener.handshake(rest), messageChain)
	if !ok || len(body) == 0 || len(body) < 1+int(body[0]) {
		return nil
	}
	return list(body[1+int(body[0]):], extensions) // after the context of the request
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

// message finds the first message of a type in a handshake.
func message(handshake []byte, kind byte) (body []byte, ok bool) {
	for len(handshake) >= 4 {
		body, rest, ok := sized(handshake[1:])
		if !ok {
			return nil, false
		}
		if handshake[0] == kind {
			return body, true
		}
		handshake = rest
	}
	return nil, false
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
