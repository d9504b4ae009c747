package publication_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/vault/publication"
)

var _ = Describe("Keep", func() {
	numbers := func(d publication.Document) []int {
		var all []int
		for _, version := range d.Older {
			all = append(all, version.Number)
		}
		return all
	}

	It("adds the earlier document as an older version", func() {
		before := publication.Document{Version: 3, Created: when, Entries: []reference.Entry{held("a", 1), held("b", 2)}, Older: []reference.Version{older(1, 3)}}
		d := publication.Document{Version: 5, Entries: []reference.Entry{held("a", 4)}}
		d.Keep(before)
		Expect(numbers(d)).To(Equal([]int{3, 1}))
		Expect(d.Older[0]).To(Equal(reference.Version{Number: 3, Created: when, Entries: []reference.PastEntry{
			{Fingerprint: before.Entries[0].Fingerprint, IdentityDigest: before.Entries[0].IdentityDigest},
			{Fingerprint: before.Entries[1].Fingerprint, IdentityDigest: before.Entries[1].IdentityDigest},
		}}))
		Expect(d.Entries).To(HaveLen(1))
	})

	It("keeps the older versions of a document with the same version", func() {
		d := publication.Document{Version: 3, Entries: []reference.Entry{held("a", 4)}}
		d.Keep(publication.Document{Version: 3, Entries: []reference.Entry{held("a", 1)}, Older: []reference.Version{older(2, 3)}})
		Expect(numbers(d)).To(Equal([]int{2}))
		Expect(d.Entries).To(Equal([]reference.Entry{held("a", 4)}))
	})

	It("has each version once, and prefers its own", func() {
		d := publication.Document{Version: 5, Older: []reference.Version{older(4, 7), older(2, 7)}}
		d.Keep(publication.Document{Version: 4, Entries: []reference.Entry{held("a", 1)}, Older: []reference.Version{older(3, 1), older(2, 1)}})
		Expect(numbers(d)).To(Equal([]int{4, 3, 2}))
		Expect(d.Older[0]).To(Equal(older(4, 7)))
		Expect(d.Older[2]).To(Equal(older(2, 7)))
	})

	It("adds no older version for an empty or a newer document", func() {
		d := publication.Document{Version: 2}
		d.Keep(publication.Document{})
		d.Keep(publication.Document{Version: 9, Older: []reference.Version{older(8, 1), older(1, 1)}})
		Expect(numbers(d)).To(Equal([]int{1}))
	})

	It("adds to the identities: the current ones first, each once", func() {
		d := publication.Document{Version: 3, Entries: []reference.Entry{held("a", 9), held("b", 1), held("c", 9)}, Older: []reference.Version{older(2, 1), older(1, 4)}}
		Expect(d.IdentityDigests()).To(Equal([]cert.IdentityDigest{{9, 2}, {1, 2}, {4, 2}}))
	})
})

var _ = Describe("Change", func() {
	It("sets changed values, removes obsolete ones, and keeps the keys of other programs", func() {
		all := custom("1 a", "old", "2", "3")
		all["owner"], all["cert-health"], all["cert-healthy.0"] = "x", "y", "z"
		set, unset := publication.Change(all, []string{"1 a", "new"})
		Expect(set).To(Equal(map[string]string{"cert-health.1": "new"}))
		Expect(unset).To(Equal([]string{"cert-health.2", "cert-health.3"}))
	})

	It("removes invalid values under its own keys", func() {
		_, unset := publication.Change(map[string]string{
			"cert-health.0": "a", "cert-health.": "", "cert-health.x": "", "cert-health.00": "", "cert-health.-1": "", "cert-health.+0": "", "cert-health.64": "",
		}, []string{"a"})
		Expect(unset).To(ConsistOf("cert-health.", "cert-health.x", "cert-health.00", "cert-health.-1", "cert-health.+0", "cert-health.64"))
	})

	It("is empty if nothing changes", func() {
		set, unset := publication.Change(custom("a", "b"), []string{"a", "b"})
		Expect(set).To(BeEmpty())
		Expect(unset).To(BeEmpty())
		set, unset = publication.Change(nil, nil)
		Expect(set).To(BeEmpty())
		Expect(unset).To(BeEmpty())
	})
})

var _ = Describe("Room", func() {
	It("is what the keys of other programs leave", func() {
		Expect(publication.Room(nil)).To(Equal(64))
		all := custom("a", "b")
		all["owner"] = "x"
		Expect(publication.Room(all)).To(Equal(63))
	})
})
