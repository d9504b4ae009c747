package handshake

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
	mySQLSecure     = 0x00008000 // SECURE_CONNECTION: without it, old servers expect an older protocol
)

// maxGreeting limits MySQL's first packet, which has about a hundred bytes.
const maxGreeting = 4 << 10

// mySQL answers the server's greeting with a request for TLS, if the server offers TLS.
func mySQL(w *Wire, serverName string) Outcome {
	greeting, err := mySQLPacket(w)
	if err != nil {
		return Outcome{Protocol: Unknown, Err: err}
	}
	offered, err := mySQLOffers(greeting)
	switch {
	case err != nil:
		return Outcome{Protocol: Unknown, Err: err}
	case offered&mySQLTLS == 0:
		return Outcome{Protocol: Plain}
	}
	request := make([]byte, 4+32)
	request[0], request[3] = 32, 1 // the length and number of the packet
	binary.LittleEndian.PutUint32(request[4:], mySQLProtocol41|mySQLTLS|mySQLSecure)
	binary.LittleEndian.PutUint32(request[8:], 1<<24) // the maximum size of a packet
	request[12] = 45                                  // utf8mb4
	if _, err := w.Write(request); err != nil {
		return Outcome{Protocol: Unknown, Err: err}
	}
	return w.Shake(MySQL, serverName)
}

func mySQLPacket(w *Wire) ([]byte, error) {
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

// mySQLOffers returns the capabilities in a greeting. They follow the version, which ends
// with a zero byte, the connection's number, eight bytes of salt and a zero byte.
func mySQLOffers(greeting []byte) (uint16, error) {
	if len(greeting) == 0 || greeting[0] == 0xff {
		// The server has too many connections, or too many failed ones: a temporary state.
		return 0, errors.New("MySQL accepts no connection now")
	}
	_, rest, ok := strings.Cut(string(greeting[1:]), "\x00")
	if !ok || len(rest) < 15 {
		return 0, errors.New("its greeting looks like MySQL's, but is truncated")
	}
	return binary.LittleEndian.Uint16([]byte(rest[13:])), nil
}
