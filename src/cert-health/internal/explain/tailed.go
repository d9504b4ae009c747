package explain

import "bytes"

// speaker is who wrote the first line of a block. tail writes several files into one stream, each behind a header:
// ==> /var/vcap/sys/log/rep/rep.stdout.log <==.
func (s *splitter) speaker(text []byte) Speaker {
	first := s.file
	if !s.tail {
		return first
	}
	if header := lastHeader(text); header != "" {
		s.file = s.reader.words.speakerOfFile(header)
	}
	return first
}

// speaker is who wrote the line at a position of a block.
func (r *Reader) speaker(b *block, at int) Speaker {
	if b.tail {
		if header := lastHeader(b.text[:at]); header != "" {
			return r.words.speakerOfFile(header)
		}
	}
	return b.file
}

// lastHeader is the name in the last header of tail.
func lastHeader(text []byte) string {
	at := bytes.LastIndex(text, []byte("\n==> "))
	if at < 0 && !bytes.HasPrefix(text, []byte("==> ")) {
		return ""
	}
	name, _, _ := bytes.Cut(text[at+len("\n==> "):], []byte(" <=="))
	if len(name) > 4096 {
		return ""
	}
	return string(name)
}
