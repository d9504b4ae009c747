package publication

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cert-health/internal/reference"
)

// spareValues are left to other people by what may be left out: Vault refuses their
// next key where ours have taken the last one.
const spareValues = 16

// Encode writes the document into at most room values. The oldest versions are left
// out where there is no room for them; an error says that the current one has none.
func (d Document) Encode(room int) ([]string, error) {
	var lines []string
	for _, held := range d.Entries {
		lines = append(lines, encodeEntry(held))
	}
	values, err := d.encode(lines)
	if err != nil {
		return nil, err
	}
	if len(values) > room {
		return nil, fmt.Errorf("what it holds (%d certificates) takes %d of the %d keys that Vault allows in its custom_metadata, and other people's leave %d: remove some of theirs",
			len(d.Entries), len(values), MaxValues, max(0, room))
	}
	most := max(len(values), room-spareValues)
	for _, version := range d.Older[:min(len(d.Older), MaxVersions)] {
		lines = append(lines, encodeVersion(version, d.identities())...)
		more, err := d.encode(lines)
		if err != nil {
			return nil, err
		}
		if len(more) > most {
			break
		}
		values = more
	}
	return values, nil
}

// encode packs lines behind "1 version created sum".
func (d Document) encode(lines []string) ([]string, error) {
	return pack(words(Format, strconv.Itoa(d.Version), seconds(d.Created)), lines)
}

// encode writes "+key fingerprint not-before not-after identity [ca]".
func encodeEntry(h reference.Entry) string {
	line := words("+"+keyName(h.Key), base(h.Fingerprint[:]), seconds(h.NotBefore), seconds(h.NotAfter), base(h.Identity[:]))
	if h.CA {
		line += " ca"
	}
	return line
}

// maxKeyName bounds the name of a key, which is for people alone.
const maxKeyName = 100

func keyName(key string) string {
	if len(key) > maxKeyName {
		key = strings.ToValidUTF8(key[:maxKeyName], "")
	}
	for len(url.QueryEscape(key)) > maxKeyName {
		runes := []rune(key)
		key = string(runes[:len(runes)-1])
	}
	return url.QueryEscape(key)
}

// encode writes "-version created fingerprint…", in several lines if need be. A
// certificate whose identity is none of the current ones' has it behind a slash.
func encodeVersion(v reference.Version, current map[string]bool) []string {
	head := words("-"+strconv.Itoa(v.Number), seconds(v.Created))
	lines := []string{head}
	for _, past := range v.Entries {
		word := base(past.Fingerprint[:])
		if identity := base(past.Identity[:]); len(current) != 1 || !current[identity] {
			word += "/" + identity
		}
		if last := len(lines) - 1; len(lines[last])+1+len(word) <= MaxValueSize {
			lines[last] += " " + word
		} else {
			lines = append(lines, words(head, word))
		}
	}
	return lines
}

// identities are those of the current certificates. Where there is one alone, which is
// the usual case, older certificates of the same need not repeat it.
func (d Document) identities() map[string]bool {
	identities := map[string]bool{}
	for _, held := range d.Entries {
		identities[base(held.Identity[:])] = true
	}
	return identities
}

func words(all ...string) string { return strings.Join(all, " ") }

func base(octets []byte) string { return base64.RawURLEncoding.EncodeToString(octets) }

// seconds writes a moment as seconds since 1970, in base 36; "-" for none.
func seconds(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return strconv.FormatInt(t.Unix(), 36)
}

// separator stands between the lines of a value: Vault allows none of the characters
// that end a line.
const separator = ";"

// pack joins a head, with the sum of all that follows it, and lines into as few values
// as can be, in their order. A line that has no room even on its own is an error.
func pack(head string, lines []string) ([]string, error) {
	values := []string{words(head, sum(lines))}
	for _, line := range lines {
		if len(line) > MaxValueSize {
			return nil, fmt.Errorf("a line of %d octets is larger than Vault allows (%d)", len(line), MaxValueSize)
		}
		last := len(values) - 1
		if len(values[last])+1+len(line) <= MaxValueSize {
			values[last] += separator + line
			continue
		}
		values = append(values, line)
	}
	return values, nil
}

// sum is the CRC-32 of lines. Values are written one by one, and people write them by
// hand: those of two times, or a part of them, must not be taken for the whole.
func sum(lines []string) string {
	return base(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(strings.Join(lines, separator)))))
}
