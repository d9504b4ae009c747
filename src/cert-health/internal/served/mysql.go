package served

import (
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

// Capabilities of MySQL's protocol.
const (
	mySQLProtocol41 = 0x00000200
	mySQLTLS        = 0x00000800
	mySQLSecure     = 0x00008000 // SECURE_CONNECTION, without which old servers take a client for an older one
)

// maxGreeting bounds MySQL's first packet, which has about a hundred octets.
const maxGreeting = 4 << 10

// mySQL answers the server's greeting by asking for TLS, where that is offered.
func mySQL(w *wire, serverName string) outcome {
	greeting, err := mySQLPacket(w)
	if err != nil {
		return outcome{protocol: Unknown, err: err}
	}
	offered, err := mySQLOffers(greeting)
	switch {
	case err != nil:
		return outcome{protocol: Unknown, err: err}
	case offered&mySQLTLS == 0:
		return outcome{protocol: Plain}
	}
	request := make([]byte, 4+32)
	request[0], request[3] = 32, 1 // its length and number
	binary.LittleEndian.PutUint32(request[4:], mySQLProtocol41|mySQLTLS|mySQLSecure)
	binary.LittleEndian.PutUint32(request[8:], 1<<24) // the largest packet
	request[12] = 45                                  // utf8mb4
	if _, err := w.Write(request); err != nil {
		return outcome{protocol: Unknown, err: err}
	}
	raw, err := shake(w, serverName)
	return showed(MySQL, raw, serverName, err)
}

func mySQLPacket(w *wire) ([]byte, error) {
	header := make([]byte, 4)
	if _, err := io.ReadFull(w, header); err != nil {
		return nil, err
	}
	size := int(header[0]) | int(header[1])<<8 | int(header[2])<<16
	if size > maxGreeting {
		return nil, errFlood
	}
	packet := make([]byte, size)
	_, err := io.ReadFull(w, packet)
	return packet, err
}

// mySQLOffers are the capabilities in a greeting: behind the version's text, which ends
// with a zero, the connection's number, eight octets of salt and a zero.
func mySQLOffers(greeting []byte) (uint16, error) {
	if len(greeting) == 0 || greeting[0] == 0xff {
		// Too many connections, or too many that were broken off: none of it is for ever.
		return 0, errors.New("MySQL accepts no connection now")
	}
	_, rest, ok := strings.Cut(string(greeting[1:]), "\x00")
	if !ok || len(rest) < 15 {
		return 0, errors.New("its greeting looks like MySQL's, but is cut off")
	}
	return binary.LittleEndian.Uint16([]byte(rest[13:])), nil
}
