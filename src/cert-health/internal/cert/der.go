package cert

import "bytes"

// derVersion3 is how a tbsCertificate of version 3 begins: [0] { INTEGER 2 }.
const derVersion3 = "\xa0\x03\x02\x01\x02"

// LooksLikeDER tells whether head begins like a DER certificate of version 3:
// a SEQUENCE holding a SEQUENCE that starts with an explicit version. Keys, key
// stores, CRLs, requests and PKCS #7 all differ in these first bytes.
func LooksLikeDER(head []byte) bool {
	outer, ok := sequenceHeader(head)
	if !ok {
		return false
	}
	inner, ok := sequenceHeader(head[outer.header:])
	return ok && bytes.HasPrefix(head[outer.header+inner.header:], []byte(derVersion3))
}

// DER finds the certificates of a binary file: one, or several in a row.
func (p *Parser) DER(data []byte) Result {
	var result Result
	for LooksLikeDER(data) {
		size, _ := sequenceSize(data)
		if size > len(data) {
			result.broken(0, "the DER certificate is cut off: its end is missing")
			break
		}
		p.add(&result, data[:size], Found{Form: DER})
		data = data[size:]
	}
	return result
}

type element struct {
	header int // bytes of tag and length
	body   int // bytes that the length announces
}

// sequenceHeader reads the tag and definite length of a SEQUENCE. At most four
// bytes of length are taken, so that the sum cannot overflow an int.
func sequenceHeader(data []byte) (element, bool) {
	if len(data) < 2 || data[0] != 0x30 {
		return element{}, false
	}
	short := data[1]
	if short < 0x80 {
		return element{header: 2, body: int(short)}, true
	}
	count := int(short & 0x7f)
	if count == 0 || count > 4 || len(data) < 2+count {
		return element{}, false
	}
	body := 0
	for _, b := range data[2 : 2+count] {
		body = body<<8 | int(b)
	}
	return element{header: 2 + count, body: body}, true
}

// sequenceSize is the size of the whole SEQUENCE that data starts with.
func sequenceSize(data []byte) (int, bool) {
	e, ok := sequenceHeader(data)
	return e.header + e.body, ok
}
