package der

import (
	"bytes"
	"fmt"
	"math"
)

// Reader takes DER or BER apart, element by element. It keeps the first fault; after
// that every answer is empty.
type Reader struct {
	rest []byte
	doc  *document // of all readers of one input
}

// document is the state that all readers of one input share.
type document struct {
	fault  error
	copies [][]byte // strings that were put together from pieces
}

// NewReader returns a reader of an encoding.
func NewReader(data []byte) *Reader { return &Reader{rest: data, doc: new(document)} }

// Err is the first fault, or nil.
func (r *Reader) Err() error { return r.doc.fault }

// Wipe overwrites the copies that were made of the input.
func (r *Reader) Wipe() {
	for _, copied := range r.doc.copies {
		clear(copied)
	}
}

// Fail keeps the first fault, and ends the reading.
func (r *Reader) Fail(err error) {
	if r.doc.fault == nil {
		r.doc.fault = err
	}
	r.rest = nil
}

// Damaged is Fail with ErrDamaged.
func (r *Reader) Damaged(what string) { r.Fail(fmt.Errorf("%w: %s", ErrDamaged, what)) }

// More tells whether there is another element.
func (r *Reader) More() bool { return r.doc.fault == nil && len(r.rest) > 0 }

// Rest is what is not read yet.
func (r *Reader) Rest() []byte { return r.rest }

// Peek is the tag of the next element; 0 when there is none.
func (r *Reader) Peek() byte {
	if !r.More() {
		return 0
	}
	return r.rest[0]
}

// Element is one element.
type Element struct {
	Tag   byte
	Body  []byte // its contents
	Whole []byte // header, contents and end mark
}

// Next takes the next element.
func (r *Reader) Next() Element {
	if r.doc.fault != nil {
		return Element{}
	}
	h, ok := ReadHeader(r.rest)
	end := 0 // bytes of the end mark
	if ok && h.Length == Indefinite {
		var err error
		if h.Length, err = span(r.rest[h.Size:], 1); err != nil {
			r.Fail(err)
			return Element{}
		}
		end = 2
	}
	if !ok || h.Length > len(r.rest)-h.Size-end {
		r.Damaged("an element of it is cut off, or of a type that is not known")
		return Element{}
	}
	whole := r.rest[:h.Size+h.Length+end]
	r.rest = r.rest[len(whole):]
	return Element{Tag: h.Tag, Body: whole[h.Size : h.Size+h.Length], Whole: whole}
}

// Take takes the next element, which must have the tag.
func (r *Reader) Take(tag byte) Element {
	e := r.Next()
	if r.doc.fault == nil && e.Tag != tag {
		r.Damaged(fmt.Sprintf("an element of it is of the type %#02x, where %#02x belongs", e.Tag, tag))
		return Element{}
	}
	return e
}

// Enter takes the next element, which must have the tag, and reads its contents.
func (r *Reader) Enter(tag byte) *Reader { return r.Over(r.Take(tag).Body) }

// Over reads an encoding inside a string of the input.
func (r *Reader) Over(data []byte) *Reader { return &Reader{rest: data, doc: r.doc} }

// Bytes takes a string of bytes, which must have the tag. Pieces are put together.
func (r *Reader) Bytes(tag byte) []byte {
	if r.Peek() != tag|Constructed {
		return r.Take(tag).Body
	}
	parts := r.Enter(tag | Constructed)
	all := parts.pieces(make([]byte, 0, len(parts.rest)), 1)
	r.doc.copies = append(r.doc.copies, all)
	return all
}

// pieces appends the remaining pieces to all, whose capacity is sufficient.
func (r *Reader) pieces(all []byte, depth int) []byte {
	if depth > MaxNesting {
		r.Fail(NestingError())
	}
	for r.More() {
		if r.Peek() == OctetString|Constructed {
			all = r.Enter(OctetString|Constructed).pieces(all, depth+1)
			continue
		}
		all = append(all, r.Take(OctetString).Body...)
	}
	return all
}

// OID takes an object identifier, and returns it encoded.
func (r *Reader) OID() string { return string(r.Take(ObjectID).Body) }

// Integer takes a number. A number that does not fit into an int is math.MaxInt.
func (r *Reader) Integer() int {
	body := r.Take(Integer).Body
	if r.doc.fault != nil {
		return 0
	}
	if len(body) == 0 || body[0] >= 0x80 {
		r.Damaged("a number of it is negative or empty")
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
