package der

// Elements is the rest of a DER encoding. BER that is not DER is refused.
type Elements []byte

// Next takes the next element, which must have the tag. It returns the whole element and
// its contents; both are parts of the encoding.
func (e *Elements) Next(tag byte) (whole, contents Elements, ok bool) {
	data := *e
	h, ok := ReadHeader(data)
	if !ok || h.Tag != tag || !h.distinguished() || h.Length > len(data)-h.Size {
		return nil, nil, false
	}
	end := h.Size + h.Length
	*e = data[end:]
	return data[:end], data[h.Size:end], true
}

// Positive takes an INTEGER that is greater than zero, and returns it whole.
func (e *Elements) Positive() (whole Elements, ok bool) {
	whole, number, ok := e.Next(Integer)
	switch {
	case !ok || len(number) == 0 || number[0] >= 0x80:
		return nil, false
	case number[0] == 0 && (len(number) == 1 || number[1] < 0x80):
		return nil, false
	}
	return whole, true
}

// Is tells whether the elements are the contents of an object identifier.
func (e Elements) Is(oid string) bool { return string(e) == oid }
