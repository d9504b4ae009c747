package cert

// PEM finds the armoured certificates of a text and nothing else, so that their
// parser is fuzzed without the one of base64.
func (p *Parser) PEM(text []byte) Result {
	lines := lineCounter{text: text}
	s := textScan{parser: p, text: text, place: lines.at, noBase64: true}
	s.run()
	return s.result
}
