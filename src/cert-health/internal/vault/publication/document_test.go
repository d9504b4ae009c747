package publication_test

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/vault/publication"
)

// checkValues fails where Vault would refuse the values.
func checkValues(t *rapid.T, values []string, room int) {
	if len(values) > room {
		t.Fatalf("%d values, and room for %d", len(values), room)
	}
	for _, value := range values {
		if len(value) > publication.MaxValueSize || value == "" {
			t.Fatalf("a value of %d bytes", len(value))
		}
		if i := strings.IndexFunc(value, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
			t.Fatalf("unprintable: %q", value)
		}
	}
}

// asPublished is a document as far as it is published: to the second, and with what of
// the names of keys there is room for.
func asPublished(t *rapid.T, d, decoded publication.Document) publication.Document {
	second := func(at time.Time) time.Time {
		if at.IsZero() {
			return time.Time{}
		}
		return time.Unix(at.Unix(), 0).UTC()
	}
	d.Created = second(d.Created)
	d.Entries = slices.Clone(d.Entries)
	for i := range d.Entries {
		h := &d.Entries[i]
		h.NotBefore, h.NotAfter = second(h.NotBefore), second(h.NotAfter)
		if len(url.QueryEscape(h.Key)) > 100 && i < len(decoded.Entries) {
			cut := decoded.Entries[i].Key
			if !strings.HasPrefix(h.Key, cut) || !utf8.ValidString(cut) || len(url.QueryEscape(cut)) < 88 {
				t.Fatalf("the key %q was cut to %q", h.Key, cut)
			}
			h.Key = cut
		}
	}
	if d.Revoked = d.Revoked[:min(len(d.Revoked), len(decoded.Revoked))]; len(d.Revoked) == 0 {
		d.Revoked = nil
	}
	d.Older = slices.Clone(d.Older)[:min(len(d.Older), len(decoded.Older))]
	for i := range d.Older {
		d.Older[i].Created = second(d.Older[i].Created)
	}
	if len(d.Older) == 0 {
		d.Older = nil
	}
	return d
}

var _ = Describe("Document", func() {
	It("is decoded as it was encoded, except for the oldest versions, in values that Vault accepts", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			d := drawDocument(t)
			room := rapid.IntRange(0, publication.MaxValues).Draw(t, "room")
			values, err := d.Encode(room)
			if err != nil {
				if alone, fits := (publication.Document{Version: d.Version, Created: d.Created, Entries: d.Entries}).Encode(publication.MaxValues); fits == nil && len(alone) <= room {
					t.Fatalf("there is room for %d values, and it needs %d: %v", room, len(alone), err)
				}
				return
			}
			checkValues(t, values, room)
			decoded, err := publication.Decode(custom(values...))
			if err != nil {
				t.Fatal(err)
			}
			if expected := asPublished(t, d, decoded); !reflect.DeepEqual(decoded, expected) {
				t.Fatalf("written %+v\nread    %+v", expected, decoded)
			}
			if !decoded.SameEntries(d) {
				t.Fatal("it does not hold the same")
			}
			again, err := decoded.Encode(room)
			if err != nil || !slices.Equal(again, values) {
				t.Fatalf("written again it is another: %v\n%q\n%q", err, values, again)
			}
		})
	})

	It("needs one value for one certificate with three older versions", func() {
		d := publication.Document{Version: 12, Created: when, Entries: []reference.Entry{held("certificate", 1)}}
		for number := 11; number > 0; number-- {
			d.Older = append(d.Older, older(number, 1))
		}
		Expect(encode(d)).To(HaveLen(2))
		Expect(encode(publication.Document{Version: 4, Created: when, Entries: d.Entries, Older: d.Older[8:]})).To(HaveLen(1))
	})

	It("publishes a bundle of 140 CAs in half of the space", func() {
		d := publication.Document{Version: 1, Created: when}
		for n := range 140 {
			d.Entries = append(d.Entries, held("ca", byte(n)))
		}
		Expect(encode(d)).To(HaveLen(28))
	})

	It("publishes 400 revocations beside three CAs and their older versions", func() {
		d := publication.Document{Version: 2, Created: when, Entries: []reference.Entry{held("ca", 2), held("ca", 4), held("ca", 6)}, Older: []reference.Version{older(1, 2)}}
		for n := range reference.MaxRevoked {
			d.Revoked = append(d.Revoked, reference.Revocation{Signer: cert.Mark{1}, Serial: cert.SerialMark(fmt.Sprint(n)), At: when.AddDate(0, 0, -n)})
		}
		values := encode(d)
		Expect(len(values)).To(BeNumerically("<=", publication.MaxValues/2))
		Expect(publication.Decode(custom(values...))).To(Equal(d))
	})

	It("is read as before if it was written before it contained public keys and revocations", func() {
		entry := held("ca", 2)
		before := signed("1 3 "+strings.Fields(encode(publication.Document{Version: 3, Created: when})[0])[2],
			strings.TrimSuffix(strings.Split(encode(publication.Document{Version: 3, Created: when, Entries: []reference.Entry{entry}})[0], ";")[1], "\n"))
		Expect(publication.Decode(before)).To(Equal(publication.Document{Version: 3, Created: when, Entries: []reference.Entry{entry}}))
		entry.PublicKey = cert.Mark{7}
		line := strings.Split(encode(publication.Document{Version: 3, Created: when, Entries: []reference.Entry{entry}})[0], ";")[1]
		Expect(strings.Fields(line)[5:]).To(Equal([]string{"ca", "k=BwAAAAAAAAA"}), "readers of before expect `ca` there")
	})

	It("drops the oldest versions first, and never the current one", func() {
		d := publication.Document{Version: 100, Created: when, Entries: []reference.Entry{held("certificate", 1)}}
		for number := 99; number > 0; number-- {
			d.Older = append(d.Older, older(number, byte(number)))
		}
		before := publication.MaxVersions + 1
		for room := publication.MaxValues; room > 0; room-- {
			values, err := d.Encode(room)
			Expect(err).NotTo(HaveOccurred())
			Expect(len(values)).To(BeNumerically("<=", room))
			decoded, err := publication.Decode(custom(values...))
			Expect(err).NotTo(HaveOccurred())
			Expect(decoded.Entries).To(Equal(d.Entries))
			Expect(len(decoded.Older)).To(BeNumerically("<=", before))
			before = len(decoded.Older)
			for i, version := range decoded.Older {
				Expect(version.Number).To(Equal(99 - i))
			}
		}
		Expect(before).To(BeNumerically(">", 0), "what room there is beside the current version is used")
	})

	It("leaves keys free for other programs by omitting older versions", func() {
		d := publication.Document{Version: 32, Created: when, Entries: []reference.Entry{held("ca", 1)}}
		for number := 31; number > 0; number-- {
			version := reference.Version{Number: number, Created: when}
			for n := range 140 {
				version.Entries = append(version.Entries, reference.PastEntry{Fingerprint: cert.Fingerprint{byte(n)}, IdentityDigest: cert.IdentityDigest{byte(n)}})
			}
			d.Older = append(d.Older, version)
		}
		values := encode(d)
		Expect(len(values)).To(BeNumerically(">", 32))
		Expect(len(values)).To(BeNumerically("<=", publication.MaxValues-16))
	})

	It("fails if there is no room for the current version", func() {
		d := publication.Document{Version: 1, Created: when}
		for n := range 20 {
			d.Entries = append(d.Entries, held("ca", byte(n)))
		}
		_, err := d.Encode(3)
		Expect(err).To(MatchError("its 20 certificates need 4 of the 64 keys that Vault permits in custom_metadata, and other programs leave 3: remove keys of other programs"))
		_, err = d.Encode(-2)
		Expect(err).To(MatchError(ContainSubstring("leave 0")))
	})
})
