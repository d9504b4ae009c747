package extract

// UTF16 tells whether a file begins like text in UTF-16.
func UTF16(head []byte) bool { return byteOrder(head) != nil }
