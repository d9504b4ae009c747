package publication

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cert-health/internal/reference"
)

// Decode decodes the publication in custom metadata. It returns ErrNone if there is none.
func Decode(custom map[string]string) (Document, error) {
	values := Own(custom)
	if len(values) == 0 {
		return Document{}, ErrNone
	}
	lines := linesOf(values)
	var d Document
	if err := d.head(strings.Split(lines[0], " "), lines[1:]); err != nil {
		return Document{}, unreadable(err)
	}
	for number, line := range lines[1:] {
		if err := d.line(strings.Split(line, " ")); err != nil {
			return Document{}, unreadable(fmt.Errorf("line %d: %w", number+2, err))
		}
	}
	return d, nil
}

func unreadable(err error) error { return fmt.Errorf("the publication cannot be read: %w", err) }

var (
	errLine    = errors.New("it does not have the expected format: run `cert-health publish` again")
	errDamaged = errors.New("a part of it is missing or outdated: run `cert-health publish` again")
)

// checkFormat fails if the format is unknown.
func checkFormat(word string) error {
	if word != Format {
		return fmt.Errorf("its format is %q, and this program reads only %s: use the same version of cert-health everywhere", word, Format)
	}
	return nil
}

// linesOf returns the lines of all values.
func linesOf(values []string) []string {
	return strings.Split(strings.Join(values, separator), separator)
}

func (d *Document) head(words, lines []string) (err error) {
	if err := checkFormat(words[0]); err != nil {
		return err
	}
	if len(words) < 4 {
		return errLine
	}
	if words[3] != sum(lines) {
		return errDamaged
	}
	if d.Version, err = numberOf(words[1]); err != nil {
		return err
	}
	return moment(words[2], &d.Created)
}

func (d *Document) line(words []string) error {
	switch {
	case strings.HasPrefix(words[0], "+"):
		return d.held(words)
	case strings.HasPrefix(words[0], "-"):
		return d.older(words)
	case strings.HasPrefix(words[0], "~"):
		return d.revoked(words)
	}
	return nil // a later version of the format may add kinds of lines
}

func (d *Document) held(words []string) error {
	if len(words) < 5 {
		return errLine
	}
	var held reference.Entry
	var err error
	if held.Key, err = url.QueryUnescape(words[0][1:]); err != nil {
		return errLine
	}
	err = errors.Join(unbase(words[1], held.Fingerprint[:]), moment(words[2], &held.NotBefore),
		moment(words[3], &held.NotAfter), unbase(words[4], held.IdentityDigest[:]))
	if err != nil {
		return errLine
	}
	for _, word := range words[5:] {
		mark, isKey := strings.CutPrefix(word, publicKeyWord)
		switch {
		case isKey && unbase(mark, held.PublicKey[:]) != nil:
			return errLine
		case word == "ca":
			held.CA = true
		case word == "nokey":
			held.Keyless = true
		}
	}
	d.Entries = append(d.Entries, held)
	return nil
}

// revoked reads a line of revocations.
func (d *Document) revoked(words []string) error {
	var r reference.Revocation
	if err := unbase(words[0][1:], r.Signer[:]); err != nil {
		return err
	}
	for _, word := range words[1:] {
		serial, at, _ := strings.Cut(word, ":")
		if err := errors.Join(unbase(serial, r.Serial[:]), moment(at, &r.At)); err != nil {
			return errLine
		}
		d.Revoked = append(d.Revoked, r)
	}
	return nil
}

// older reads a line of an older version. A version has one or several consecutive lines.
func (d *Document) older(words []string) error {
	if len(words) < 2 {
		return errLine
	}
	number, err := numberOf(words[0][1:])
	if err != nil {
		return err
	}
	if last := len(d.Older) - 1; last < 0 || d.Older[last].Number != number {
		if number >= d.oldest() {
			return errLine
		}
		d.Older = append(d.Older, reference.Version{Number: number})
	}
	version := &d.Older[len(d.Older)-1]
	if err := moment(words[1], &version.Created); err != nil {
		return err
	}
	for _, word := range words[2:] {
		past, err := d.past(word)
		if err != nil {
			return err
		}
		version.Entries = append(version.Entries, past)
	}
	return nil
}

// oldest returns the number of the last version that was read.
func (d *Document) oldest() int {
	if len(d.Older) == 0 {
		return d.Version
	}
	return d.Older[len(d.Older)-1].Number
}

func (d *Document) past(word string) (reference.PastEntry, error) {
	var past reference.PastEntry
	fingerprint, identity, apart := strings.Cut(word, "/")
	err := unbase(fingerprint, past.Fingerprint[:])
	switch {
	case err != nil:
		return past, err
	case apart:
		return past, unbase(identity, past.IdentityDigest[:])
	case len(d.Entries) == 0:
		return past, errLine
	}
	past.IdentityDigest = d.Entries[0].IdentityDigest
	return past, nil
}

// numberOf parses the number of a version.
func numberOf(text string) (int, error) {
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 {
		return 0, errLine
	}
	return number, nil
}

func unbase(text string, into []byte) error {
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(decoded) != len(into) {
		return errLine
	}
	copy(into, decoded)
	return nil
}

// maxYear is the last year in the time formats of reports and certificates.
const maxYear = 9999

func moment(text string, into *time.Time) error {
	if text == "-" {
		*into = time.Time{}
		return nil
	}
	second, err := strconv.ParseInt(text, 36, 64)
	at := time.Unix(second, 0).UTC()
	if err != nil || at.Year() < 0 || at.Year() > maxYear {
		return errLine
	}
	*into = at
	return nil
}
