package text

// roomier returns the buffer with room for so many more bytes. What it may have held is wiped from
// the smaller buffer, which append would leave behind: any block may hold a private key.
func roomier(buffer []byte, more int) []byte {
	if len(buffer)+more <= cap(buffer) {
		return buffer
	}
	larger := make([]byte, len(buffer), max(len(buffer)+more, 2*cap(buffer)))
	copy(larger, buffer)
	clear(buffer[:cap(buffer)])
	return larger
}
