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

	"cert-health/internal/cert"
	"cert-health/internal/reference"
)

// spareValues is the number of values that older versions leave free for other programs: Vault
// rejects a key when all values are in use.
const spareValues = 16

// Encode encodes the document into at most room values. It omits the oldest revocations and the
// oldest versions if there is no room for them. It fails if there is no room for the current version.
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
		return nil, fmt.Errorf("its %d certificates need %d of the %d keys that Vault permits in custom_metadata, and other programs leave %d: remove keys of other programs",
			len(d.Entries), len(values), MaxValues, max(0, room))
	}
	most := max(len(values), room-spareValues)
	for _, line := range encodeRevoked(d.Revoked) {
		more, err := d.encode(append(lines, line))
		if err != nil || len(more) > most {
			break
		}
		lines, values = append(lines, line), more
	}
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

// encode packs lines after the head "1 version created sum".
func (d Document) encode(lines []string) ([]string, error) {
	return pack(words(Format, strconv.Itoa(d.Version), seconds(d.Created)), lines)
}

// encodeEntry returns "+key fingerprint not-before not-after identity [ca] [nokey] [k=public-key]".
// Older readers understand only `ca`.
func encodeEntry(h reference.Entry) string {
	line := words("+"+keyName(h.Key), base(h.Fingerprint[:]), seconds(h.NotBefore), seconds(h.NotAfter), base(h.IdentityDigest[:]))
	if h.CA {
		line += " ca"
	}
	if h.Keyless {
		line += " nokey"
	}
	if h.PublicKey != (cert.Mark{}) {
		line += " " + publicKeyWord + base(h.PublicKey[:])
	}
	return line
}

// publicKeyWord begins the word with the mark of the public key.
const publicKeyWord = "k="

// encodeRevoked returns lines "~signer serial:time…", each no longer than a value.
func encodeRevoked(revoked []reference.Revocation) []string {
	var lines []string
	var signer cert.Mark
	for _, r := range revoked {
		word := base(r.Serial[:]) + ":" + seconds(r.At)
		if last := len(lines) - 1; last >= 0 && r.Signer == signer && len(lines[last])+1+len(word) <= MaxValueSize {
			lines[last] += " " + word
			continue
		}
		signer = r.Signer
		lines = append(lines, words("~"+base(signer[:]), word))
	}
	return lines
}

// maxKeyName is the longest name of a key, in bytes. It is only shown to people.
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

// encodeVersion returns "-version created fingerprint…" in one or several lines. If the identity
// digest of an entry is not that of the current entries, it follows after a slash.
func encodeVersion(v reference.Version, current map[string]bool) []string {
	head := words("-"+strconv.Itoa(v.Number), seconds(v.Created))
	lines := []string{head}
	for _, past := range v.Entries {
		word := base(past.Fingerprint[:])
		if identity := base(past.IdentityDigest[:]); len(current) != 1 || !current[identity] {
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

// identities returns the identity digests of the current entries. If there is only one, which is
// the usual case, older entries with the same digest do not repeat it.
func (d Document) identities() map[string]bool {
	identities := map[string]bool{}
	for _, held := range d.Entries {
		identities[base(held.IdentityDigest[:])] = true
	}
	return identities
}

func words(all ...string) string { return strings.Join(all, " ") }

func base(bytes []byte) string { return base64.RawURLEncoding.EncodeToString(bytes) }

// seconds encodes a time as seconds since 1970 in base 36, and the zero time as "-".
func seconds(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return strconv.FormatInt(t.Unix(), 36)
}

// separator separates the lines of a value: Vault does not permit line breaks.
const separator = ";"

// pack joins a head, the checksum of the lines, and the lines into as few values as possible. It
// fails if a line is longer than a value.
func pack(head string, lines []string) ([]string, error) {
	values := []string{words(head, sum(lines))}
	for _, line := range lines {
		if len(line) > MaxValueSize {
			return nil, fmt.Errorf("a line of %d bytes is longer than Vault permits (%d)", len(line), MaxValueSize)
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

// sum is the CRC-32 of lines. It detects values that are missing or were written at different
// times, for example by hand.
func sum(lines []string) string {
	return base(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(strings.Join(lines, separator)))))
}
