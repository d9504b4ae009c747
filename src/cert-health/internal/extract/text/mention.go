package text

import (
	"bytes"
	"slices"

	"cert-health/internal/budget"
	"cert-health/internal/extract/found"
)

// mentionPrefix is the beginning of the paths that are noted: those of jobs' files.
const mentionPrefix = "/var/vcap/jobs/"

const (
	// maxMentions is the number of paths in one text; if there are more, none is returned.
	maxMentions = 128
	// maxPath is the length of the longest path that is noted.
	maxPath = 256
)

// mentions finds the jobs' files that a text names as a certificate or key: as the value of a
// property, a variable or a flag. The account pays for each path.
func mentions(text []byte, account *budget.Account) []found.Mention {
	var list []found.Mention
	within := mappings{text: text}
	for pos := 0; ; {
		next := bytes.Index(text[pos:], []byte(mentionPrefix))
		if next < 0 || !account.Spend(budget.Bytes, costOfLook) {
			break
		}
		start := pos + next
		pos = start + len(mentionPrefix)
		name, at := mentionedAs(text, start)
		if !aboutCertificates(name) {
			continue
		}
		path, whole := pathAt(text, start)
		if !whole || len(path) == len(mentionPrefix) {
			continue
		}
		if len(list) == maxMentions {
			return nil
		}
		mention := found.Mention{Label: found.Label{Name: string(bytes.TrimLeft(name, "-./"))}, Path: string(path)}
		if name[0] != '-' {
			mention.Mapping = within.at(at) // a flag belongs to its command
		}
		list = append(list, mention)
	}
	if len(list) < 2 {
		return nil
	}
	return list
}

// mentionedAs reads the name of a path, and the offset of the name: a property, a flag, a
// directive of nginx, or in a list the flag before the path.
func mentionedAs(text []byte, start int) (name []byte, at int) {
	b := backwards{text, start}
	quoted := b.skip("\"'\\")
	if b.skip(" \t") && !quoted && nameByte(b.last()) && b.last() != '-' {
		name = b.name()
		return name, b.pos
	}
	b.skip(" \t")
	if b.skip(":=") {
		b.skip(" \t\"'\\")
		name = b.name()
		return name, b.pos
	}
	b.skip(" \t\r\n\"'\\,-")
	if name = b.name(); len(name) > 0 && name[0] == '-' {
		return name, b.pos
	}
	return nil, 0
}

// aboutCertificates tells whether a name is one of a certificate or key.
func aboutCertificates(name []byte) bool {
	var lower [maxName + 1]byte
	if len(name) == 0 || len(name) > len(lower) {
		return false
	}
	folded := lower[:copy(lower[:], name)]
	for i, b := range folded {
		if b >= 'A' && b <= 'Z' {
			folded[i] = b + 'a' - 'A'
		}
	}
	return slices.ContainsFunc([]string{"cert", "key", "crt", "pem", "chain"}, func(word string) bool {
		return bytes.Contains(folded, []byte(word))
	})
}

// pathAt reads a path. It is not whole when a variable or a pattern follows.
func pathAt(text []byte, start int) (path []byte, whole bool) {
	end := start
	for end < len(text) && end-start <= maxPath && (nameByte(text[end]) || text[end] == '+' || text[end] == '@') {
		end++
	}
	if end-start > maxPath || end < len(text) && bytes.IndexByte([]byte("$*?{[("), text[end]) >= 0 {
		return nil, false
	}
	return text[start:end], true
}
