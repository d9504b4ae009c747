package db

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
)

// stamp is a time as it is kept.
func stamp(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment is the time of a stamp.
func moment(stamp int64) time.Time {
	if stamp == 0 {
		return time.Time{}
	}
	return time.UnixMicro(stamp).UTC()
}

// maxKey bounds a string in a primary key: PostgreSQL's indexes take at most 2,700 bytes a row.
const maxKey = 1000

// key is a name of others as a primary key. PostgreSQL refuses a zero byte and broken UTF-8.
func key(name string) string {
	clean := strings.ReplaceAll(strings.ToValidUTF8(name, "\uFFFD"), "\x00", "\uFFFD")
	if clean == name && len(name) <= maxKey {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return plain(name, maxKey-2*len(sum)-1) + " " + hex.EncodeToString(sum[:])
}

// plain is what others wrote, cut to so many bytes, in a form that both engines take.
func plain(text string, most int) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

// healthForm is a Health with the fields that its own JSON, which is for people, leaves out.
type healthForm struct {
	inventory.Health
	Interval    time.Duration     `json:"interval,omitempty"`
	Took        time.Duration     `json:"took,omitempty"`
	Credentials []cert.Credential `json:"credentials,omitempty"`
}

func encodeHealth(h inventory.Health) (string, error) {
	return encode(healthForm{h, h.Interval, h.Took, h.Credentials})
}

func decodeHealth(text string) (inventory.Health, error) {
	var form healthForm
	err := json.Unmarshal([]byte(text), &form)
	form.Health.Interval, form.Health.Took, form.Health.Credentials = form.Interval, form.Took, form.Credentials
	return form.Health, err
}

// itemForm is a Stored item without the name of its source.
type itemForm struct {
	inventory.Item
	FirstSeen time.Time `json:"first_seen,omitzero"`
	LastSeen  time.Time `json:"last_seen,omitzero"`
	Unseen    string    `json:"unseen,omitempty"`
}

func encodeItem(s inventory.Stored) (string, error) {
	return encode(itemForm{s.Item, s.FirstSeen.UTC(), s.LastSeen.UTC(), s.Unseen})
}

func decodeItem(source, text string) (inventory.Stored, error) {
	var form itemForm
	err := json.Unmarshal([]byte(text), &form)
	return inventory.Stored{Source: source, Item: form.Item, FirstSeen: form.FirstSeen, LastSeen: form.LastSeen, Unseen: form.Unseen}, err
}

func encodeCertificate(c inventory.Certificate) (string, error) { return encode(c.Record()) }

func decodeCertificate(id inventory.ID, text string) (inventory.Certificate, error) {
	var record cert.Record
	err := json.Unmarshal([]byte(text), &record)
	return inventory.Certificate{ID: id, Certificate: record.Certificate()}, err
}

func encode(value any) (string, error) {
	text, err := json.Marshal(value)
	return string(text), err
}
