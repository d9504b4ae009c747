package pairing

import "strings"

// filler tells whether a word says no more than certificate, key, or what kind of file
// it is, and nothing of whose.
func filler(word string) bool {
	switch word {
	case "", "cer", "full", "private", "priv", "pem", "der", "p8", "pk8", "pkcs8", "b64", "base64", "data":
		return true
	}
	return false
}

// trim takes such words off the end of another: sslcert, privkey, certfile.
func trim(word string) string {
	for trimmed := true; trimmed; {
		trimmed = false
		for _, ending := range [...]string{
			"certificates", "certificate", "certs", "cert", "crt", "chain", "keys", "key",
			"filename", "file", "path", "location", "contents", "content",
		} {
			if rest, ends := strings.CutSuffix(word, ending); ends {
				word, trimmed = rest, true
			}
		}
	}
	return word
}

// stem is what remains of a name that may be a file's, a property's or a variable's
// without the words that tell a certificate from its key: both have the same. It is
// empty for what is called certificate or key and nothing else.
func stem(name string) string {
	kept := make([]byte, 0, 64)
	for len(name) > 0 {
		word, rest := cutWord(name)
		name = rest
		// A public_cert is that of a private_key, but public.crt that of public.key.
		if next, _ := cutWord(rest); (word == "public" || word == "pub") && next != "" && trim(next) == "" {
			continue
		}
		if word = trim(word); filler(word) {
			continue
		}
		if len(kept) > 0 {
			kept = append(kept, '-')
		}
		kept = append(kept, word...)
	}
	return string(kept)
}

// cutWord takes the first word off a name, in lower case. Words end at whatever is no
// letter and no digit, and before a capital letter behind a small one. An empty one
// stands for a dot or a slash.
func cutWord(name string) (word, rest string) {
	end := 0
	for end < len(name) && letter(name[end]) && (end == 0 || !capital(name[end]) || capital(name[end-1])) {
		end++
	}
	word, rest = strings.ToLower(name[:end]), name[end:]
	for rest != "" && !letter(rest[0]) && (word == "" || rest[0] != '.' && rest[0] != '/') {
		rest = rest[1:]
	}
	return word, rest
}

func capital(b byte) bool { return b >= 'A' && b <= 'Z' }

func letter(b byte) bool {
	return capital(b) || b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b >= 0x80
}
