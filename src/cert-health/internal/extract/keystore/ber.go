package keystore

import (
	"bytes"
	"fmt"
	"math"
)

// reader takes an encoding apart, element by element: DER, and the BER that Bouncy
// Castle, NSS and old Windows write, with lengths that are not known beforehand and
// strings in pieces. The first fault is kept, and after it every answer is empty, so
// that a structure is read in one go and asked about once.
type reader struct {
	rest []byte
	doc  *document // of all readers of one input
}

// document is what is known of one input.
type document struct {
	fault  error
	copies [][]byte // strings that were put together
}

func newReader(data []byte) *reader { return &reader{rest: data, doc: new(document)} }

func (r *reader) err() error { return r.doc.fault }

// wipe overwrites the copies that were made of the input.
func (r *reader) wipe() {
	for _, octets := range r.doc.copies {
		clear(octets)
	}
}

// fail keeps the first fault, and ends all reading.
func (r *reader) fail(err error) {
	if r.doc.fault == nil {
		r.doc.fault = err
	}
	r.rest = nil
}

func (r *reader) damaged(what string) { r.fail(fmt.Errorf("%w: %s", ErrDamaged, what)) }

// more tells whether there is a further element.
func (r *reader) more() bool { return r.doc.fault == nil && len(r.rest) > 0 }

// peek is the tag of the next element, 0 when there is none.
func (r *reader) peek() byte {
	if !r.more() {
		return 0
	}
	return r.rest[0]
}

// element is one element: its contents, and all of it as it was written.
type element struct {
	tag         byte
	body, whole []byte
}

// next takes the next element.
func (r *reader) next() element {
	if r.doc.fault != nil {
		return element{}
	}
	tag, size, length, ok := header(r.rest)
	end := 0 // octets of the end mark
	if ok && length == indefinite {
		var err error
		if length, err = span(r.rest[size:], 1); err != nil {
			r.fail(err)
			return element{}
		}
		end = 2
	}
	if !ok || length > len(r.rest)-size-end {
		r.damaged("an element of it is cut off, or of a type that is not known")
		return element{}
	}
	whole := r.rest[:size+length+end]
	r.rest = r.rest[len(whole):]
	return element{tag: tag, body: whole[size : size+length], whole: whole}
}

// take takes the next element, which has to have the tag.
func (r *reader) take(tag byte) element {
	e := r.next()
	if r.doc.fault == nil && e.tag != tag {
		r.damaged(fmt.Sprintf("an element of it is of the type %#02x, where %#02x belongs", e.tag, tag))
		return element{}
	}
	return e
}

// enter takes the next element apart, which has to have the tag.
func (r *reader) enter(tag byte) *reader { return r.over(r.take(tag).body) }

// over reads what a string of the input holds.
func (r *reader) over(data []byte) *reader { return &reader{rest: data, doc: r.doc} }

// octets takes a string of octets: in one, or in pieces that are put together.
func (r *reader) octets(tag byte) []byte {
	if r.peek() != tag|constructed {
		return r.take(tag).body
	}
	parts := r.enter(tag | constructed)
	all := parts.pieces(make([]byte, 0, len(parts.rest)), 1)
	r.doc.copies = append(r.doc.copies, all)
	return all
}

// pieces appends what is left to all, which has the room.
func (r *reader) pieces(all []byte, depth int) []byte {
	if depth > MaxNesting {
		r.fail(errNesting())
	}
	for r.more() {
		if r.peek() == tagOctets|constructed {
			all = r.enter(tagOctets|constructed).pieces(all, depth+1)
			continue
		}
		all = append(all, r.take(tagOctets).body...)
	}
	return all
}

// oid takes an object identifier, as it is encoded.
func (r *reader) oid() string { return string(r.take(tagOID).body) }

// integer takes a number; what is larger than an int is the largest int.
func (r *reader) integer() int {
	body := r.take(tagInteger).body
	if r.doc.fault != nil {
		return 0
	}
	if len(body) == 0 || body[0] >= 0x80 {
		r.damaged("a number of it is negative or empty")
		return 0
	}
	body = bytes.TrimLeft(body, "\x00")
	if len(body) > 8 || len(body) == 8 && body[0] >= 0x80 {
		return math.MaxInt
	}
	value := 0
	for _, b := range body {
		value = value<<8 | int(b)
	}
	return value
}
