package publication_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"cert-health/internal/reference"
	"cert-health/internal/vault/publication"
)

// The contract of every target: the decoder returns for every content of the custom metadata,
// which others may write. An error is one sentence on one line, and the result is empty then. A
// result without an error can be written into a report. If it is encoded again, it decodes to the
// same document.

func seeds(f *testing.F) {
	for _, value := range []string{
		"1 3 tf0000 AAAAAA", "1 1 - AAAAAA;+ ", "2 x", "", ";;;", "1 part AAAAAA", "1 index 4",
	} {
		f.Add(value, "")
	}
	d := publication.Document{Version: 3, Created: when, Entries: []reference.Entry{held("certificate", 1), held("ca", 2)}, Older: []reference.Version{older(2, 1), older(1, 9)}}
	values, err := d.Encode(publication.MaxValues)
	if err != nil {
		f.Fatal(err)
	}
	whole := strings.Join(values, ";")
	f.Add(whole, "")
	f.Add(whole[:len(whole)/2], whole[len(whole)/2:])
	parts, err := publication.DigestsByPath{"cf/ca": d.IdentityDigests(), "a b/c%d": d.IdentityDigests()}.Index().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(strings.Join(parts[0], ";"), "")
}

// resigned is the input as two values with their correct sum, so that the fuzzer also reaches
// the code after the check of the sum.
func resigned(first, second string) map[string]string {
	head, lines, _ := strings.Cut(first, ";")
	words := strings.Split(head, " ")
	if len(words) > 1 {
		words = words[:len(words)-1]
	}
	all := strings.Split(lines, ";")
	if second != "" {
		all = append(all, strings.Split(second, ";")...)
	}
	return signed(strings.Join(words, " "), all...)
}

func sentence(t *testing.T, err error) {
	if err.Error() == "" || strings.ContainsAny(err.Error(), "\n\r") {
		t.Fatalf("not a sentence: %q", err)
	}
}

func FuzzDecode(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, first, second string) {
		for _, all := range []map[string]string{custom(first), custom(first, second), resigned(first, second)} {
			d, err := publication.Decode(all)
			if err != nil {
				sentence(t, err)
				if !reflect.DeepEqual(d, publication.Document{}) {
					t.Fatalf("with an error: %+v", d)
				}
				continue
			}
			if _, err := json.Marshal(d); err != nil {
				t.Fatalf("%v: %+v", err, d)
			}
			values, err := d.Encode(publication.MaxValues)
			if err != nil {
				continue // more than there is room for
			}
			again, err := publication.Decode(custom(values...))
			if err != nil || !again.SameEntries(d) || again.Version != d.Version || !again.Created.Equal(d.Created) {
				t.Fatalf("%v\nread  %+v\nagain %+v", err, d, again)
			}
			if i := len(again.Older); i > 0 && !reflect.DeepEqual(again.Older, d.Older[:i]) {
				t.Fatalf("read  %+v\nagain %+v", d.Older[:i], again.Older)
			}
		}
	})
}

func FuzzIndex(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, first, second string) {
		for _, all := range []map[string]string{custom(first), custom(first, second), resigned(first, second)} {
			if parts, err := publication.DecodeHead(all); err != nil {
				sentence(t, err)
			} else if parts < 1 || parts > 1<<16 {
				t.Fatalf("an index of %d parts", parts)
			}
			x := publication.Index{}
			if err := x.DecodePart(all); err != nil {
				sentence(t, err)
				if len(x) > 0 {
					t.Fatalf("with an error: %v", x)
				}
				continue
			}
			parts, err := x.Encode()
			if err != nil {
				t.Fatalf("what was read cannot be written: %v", err)
			}
			again := publication.Index{}
			for _, values := range parts {
				if err := again.DecodePart(custom(values...)); err != nil {
					t.Fatal(err)
				}
			}
			if len(again) != len(x) {
				t.Fatalf("read %d identities, again %d", len(x), len(again))
			}
		}
	})
}
