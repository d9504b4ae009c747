package extract

import (
	"bytes"
	"encoding/binary"
)

// byteOrder returns the byte order of text in UTF-16: by its mark, as PowerShell writes it, or
// because each second byte is NUL. It is nil for everything else.
func byteOrder(head []byte) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return binary.LittleEndian
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return binary.BigEndian
	}
	const enough = 64
	if len(head) < enough {
		return nil
	}
	var nul [2]int
	for i, b := range head[:enough] {
		if b == 0 {
			nul[i%2]++
		}
	}
	switch {
	case nul[1] == enough/2 && nul[0] == 0:
		return binary.LittleEndian
	case nul[0] == enough/2 && nul[1] == 0:
		return binary.BigEndian
	}
	return nil
}

// fromUTF16 returns the text with one byte for each unit, and a question mark for all that is
// not ASCII: certificates are ASCII, and lines stay what they are. It overwrites the text, so that
// a large file is not in memory twice.
func fromUTF16(text []byte, order binary.ByteOrder) []byte {
	plain := text[:0]
	for ; len(text) > 1; text = text[2:] {
		unit := order.Uint16(text)
		if unit > 0x7f {
			unit = '?'
		}
		plain = append(plain, byte(unit))
	}
	return plain
}
