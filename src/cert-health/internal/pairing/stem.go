package pairing

import "strings"

// filler tells whether a word only says what kind of file or value it is, and nothing about
// its owner.
func filler(word string) bool {
	switch word {
	case "", "cer", "full", "private", "priv", "pem", "der", "p8", "pk8", "pkcs8", "b64", "base64", "data":
		return true
	}
	return false
}

// trim removes such words from the end of another word: sslcert, privkey, certfile.
func trim(word string) string {
	for trimmed := true; trimmed; {
		trimmed = false
		for _, ending := range [...]string{
			"certificates", "certificate", "certs", "cert", "crt", "chained", "chain", "bundle", "keys", "key",
			"filename", "file", "path", "location", "contents", "content",
		} {
			if rest, ends := strings.CutSuffix(word, ending); ends {
				word, trimmed = rest, true
			}
		}
	}
	return word
}

// stem is the name of a file, a property or a variable without the words that distinguish a
// certificate from its key, so both have the same stem. It is empty for names such as
// "certificate" and "key".
func stem(name string) string {
	kept := make([]byte, 0, 64)
	for len(name) > 0 {
		word, rest := cutWord(name)
		name = rest
		// public_cert belongs to private_key, but public.crt belongs to public.key.
		// server.pub belongs to server.priv.
		next, _ := cutWord(rest)
		if public := word == "public" || word == "pub"; public && (next != "" && trim(next) == "" || rest == "" && len(kept) > 0) {
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

// cutWord cuts the first word off a name, in lower case. A word ends before any character
// that is not a letter or a digit, and between a small and a capital letter. An empty word
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
