package tls

import (
	"errors"
	"fmt"
	"io"

	"cert-health/internal/handshake"
)

// startTLS is LDAP's extended request for TLS, of RFC 4511, with the number 1.
const startTLS = "\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"

// maxAnswer limits LDAP's answer, which has 14 bytes and a message for people.
const maxAnswer = 4 << 10

// ldap asks for TLS. The answer is one message of the server.
func ldap(w *handshake.Wire, serverName string) handshake.Outcome {
	if _, err := io.WriteString(w, startTLS); err != nil {
		return failed(err)
	}
	answer, err := ldapMessage(w)
	if err != nil {
		return failed(err)
	}
	switch result := ldapResult(answer); result {
	case 0:
		return w.Shake(protocolLDAP, serverName)
	case 51, 52: // busy, unavailable
		return failed(fmt.Errorf("it answers the request for TLS with the result %d", result))
	}
	return handshake.Outcome{Protocol: handshake.Plain}
}

var errLDAP = errors.New("its answer is not LDAP")

// ldapMessage reads a message without its header.
func ldapMessage(w io.Reader) ([]byte, error) {
	header := make([]byte, 2, 6)
	if _, err := io.ReadFull(w, header); err != nil {
		return nil, err
	}
	if header[0] != 0x30 {
		return nil, errLDAP
	}
	if long := int(header[1] & 0x7f); header[1] >= 0x80 {
		if long > 4 {
			return nil, errLDAP
		}
		header = header[:2+long]
		if _, err := io.ReadFull(w, header[2:]); err != nil {
			return nil, err
		}
	}
	_, size, _ := element(header)
	if size > maxAnswer {
		return nil, errLDAP
	}
	body := make([]byte, size)
	_, err := io.ReadFull(w, body)
	return body, err
}

// ldapResult is the result in an extended response: behind the number of the message. It is -1 for
// any other message.
func ldapResult(message []byte) int {
	value, rest, ok := next(message, 0x02)
	if !ok || len(value) != 1 || value[0] != 1 {
		return -1
	}
	response, _, ok := next(rest, 0x78)
	if !ok {
		return -1
	}
	if result, _, ok := next(response, 0x0a); ok && len(result) == 1 {
		return int(result[0])
	}
	return -1
}

// next reads an element with a tag.
func next(data []byte, tag byte) (value, rest []byte, ok bool) {
	head, size, ok := element(data)
	if !ok || data[0] != tag || size > len(data)-head {
		return nil, nil, false
	}
	return data[head : head+size], data[head+size:], true
}

// element reads the header of an element of BER. Some servers write lengths in more bytes than they need.
func element(data []byte) (head, size int, ok bool) {
	if len(data) < 2 {
		return 0, 0, false
	}
	if data[1] < 0x80 {
		return 2, int(data[1]), true
	}
	head = 2 + int(data[1]&0x7f)
	if head > 6 || len(data) < head {
		return 0, 0, false
	}
	for _, b := range data[2:head] {
		size = size<<8 | int(b)
	}
	return head, size, true
}
