package issue

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
)

// maxSerialBits is the size of the largest serial number: RFC 5280 permits 20 bytes, of which the first bit is the
// sign.
const maxSerialBits = 159

// randomBytes is the size of a random serial number. No two of them are the same.
const randomBytes = 16

// NextSerial is the number behind the last one that a CA issued, which its secret states in hexadecimal, of any
// size. If it states none (last is empty), the number is random.
func NextSerial(last string, random io.Reader) (*big.Int, error) {
	last = strings.TrimSpace(last)
	if last == "" {
		return randomSerial(random)
	}
	number, ok := new(big.Int).SetString(last, 16)
	if !ok || number.Sign() < 0 {
		return nil, errors.New("the serial number of the CA is not a hexadecimal number: write the number of the last certificate that it issued to its key `serial`")
	}
	if number.Add(number, big.NewInt(1)).BitLen() > maxSerialBits {
		return nil, errors.New("the serial numbers of the CA are used up (20 bytes at most): write a smaller number that it has not used to its key `serial`")
	}
	return number, nil
}

// SerialText writes a serial number as a secret states it.
func SerialText(number *big.Int) string { return number.Text(16) }

func randomSerial(random io.Reader) (*big.Int, error) {
	number := make([]byte, randomBytes)
	if _, err := io.ReadFull(random, number); err != nil {
		return nil, fmt.Errorf("make a serial number: %w", err)
	}
	number[0] = number[0]&0x7f | 0x40 // always of the same length
	return new(big.Int).SetBytes(number), nil
}
