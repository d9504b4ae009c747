package db_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

func issued(name string) inventory.Certificate {
	return inventory.New(scenario.Issue(scenario.Spec{CommonName: name}).Noun())
}

func health(source string) inventory.Health {
	return inventory.Health{Name: source, Type: "vault", Interval: time.Hour, LastAttempt: noon, LastSuccess: noon, NextAttempt: noon.Add(time.Hour),
		Error: "the store does not answer; start it", Failures: 2, Unseen: []inventory.Unseen{{Path: "secret/x/", Reason: "no right"}},
		Credentials: []cert.Credential{{Name: "token", NotAfter: noon.Add(time.Hour), Remedy: "renew it"}}, Items: 1, Requests: 7, Took: time.Second}
}

func item(source, path, version string, certificates ...inventory.Certificate) inventory.Stored {
	stored := inventory.Stored{Source: source, FirstSeen: noon.Add(-time.Hour), LastSeen: noon, Unseen: "",
		Item: inventory.Item{Path: path, Kind: "secret", Version: version, Details: []inventory.Detail{{Name: "procedure", Value: "rotate"}},
			Findings: []inventory.Finding{{Code: inventory.WrongName, Severity: verdict.Warning, Message: "wrong", Why: "because"}}}}
	for _, c := range certificates {
		stored.Sightings = append(stored.Sightings, inventory.Sighting{Certificate: c.ID, Place: "certificate", State: inventory.Current, Version: version, Since: noon})
	}
	return stored
}

var _ = Describe("what was collected", func() {
	for _, p := range places() {
		Context("in "+p.name, func() {
			var d *db.DB
			ctx := context.Background()
			BeforeEach(func() { d = open(p.url()) })
			save := func(saved db.Saved) {
				GinkgoHelper()
				Expect(d.SaveCollection(ctx, saved)).To(Succeed())
			}
			load := func() db.Contents {
				GinkgoHelper()
				contents, err := d.Load(ctx)
				Expect(err).NotTo(HaveOccurred())
				return contents
			}
			since := func(sequence int64) db.Contents {
				GinkgoHelper()
				contents, err := d.Since(ctx, sequence)
				Expect(err).NotTo(HaveOccurred())
				return contents
			}

			It("begins empty", func() {
				Expect(load()).To(Equal(db.Contents{Whole: true}))
				Expect(d.Ready(ctx)).To(Succeed())
			})

			It("comes back as it was saved", func() {
				c := issued("a.example.com")
				described := inventory.Certificate{ID: inventory.DescribedID("v", "x"), Certificate: &cert.Certificate{NotAfter: noon}}
				saved := db.Saved{Source: health("v"), Items: []inventory.Stored{item("v", "secret/a", "1", c, described)}, Certificates: []inventory.Certificate{c, described}}
				save(saved)
				contents := load()
				Expect(contents.Sequence).To(BeNumerically(">", 0))
				Expect(contents.Sources).To(Equal([]inventory.Health{saved.Source}))
				Expect(contents.Items).To(Equal(saved.Items))
				Expect(contents.Certificates).To(ConsistOf(c, described))
			})

			It("tells what changed since", func() {
				a, b := issued("a.example.com"), issued("b.example.com")
				save(db.Saved{Source: health("v"), Items: []inventory.Stored{item("v", "a", "1", a), item("v", "b", "1", b)}, Certificates: []inventory.Certificate{a, b}})
				save(db.Saved{Source: health("w"), Items: []inventory.Stored{item("w", "a", "1", a)}, Certificates: []inventory.Certificate{a}})
				before := load()
				c := issued("c.example.com")
				save(db.Saved{Source: health("v"), Items: []inventory.Stored{item("v", "a", "2", c)}, Gone: []string{"b"}, Certificates: []inventory.Certificate{c, a}})
				after := since(before.Sequence)
				Expect(after.Whole).To(BeFalse())
				Expect(after.Sequence).To(BeNumerically(">", before.Sequence))
				Expect(after.Sources).To(HaveLen(1))
				Expect(after.Items).To(Equal([]inventory.Stored{item("v", "a", "2", c)}))
				Expect(after.Certificates).To(Equal([]inventory.Certificate{c}))
				Expect(after.Gone.Items).To(Equal([]db.ItemKey{{Source: "v", Path: "b"}}))
				Expect(since(after.Sequence)).To(Equal(db.Contents{Sequence: after.Sequence}))
				Expect(load().Gone).To(Equal(db.Gone{}))
				Expect(since(after.Sequence+1).Whole).To(BeTrue(), "the number is that of a database before a backup was put back")
				Expect(load().Items).To(HaveLen(2))
			})

			It("shows an item again that was gone", func() {
				save(db.Saved{Source: health("v"), Items: []inventory.Stored{item("v", "a", "1")}})
				save(db.Saved{Source: health("v"), Gone: []string{"a", "never"}})
				Expect(load().Items).To(BeEmpty())
				save(db.Saved{Source: health("v"), Items: []inventory.Stored{item("v", "a", "3")}})
				Expect(load().Items).To(Equal([]inventory.Stored{item("v", "a", "3")}))
			})

			It("says when an item was seen by its source's last success", func() {
				h, seen := health("v"), item("v", "a", "1")
				h.LastSuccess = noon.Add(time.Hour)
				Expect(db.LastSeen(seen, h)).To(Equal(noon.Add(time.Hour)))
				seen.Unseen = "no right"
				Expect(db.LastSeen(seen, h)).To(Equal(noon))
			})

			It("loses a source with all its items", func() {
				save(db.Saved{Source: health("v"), Items: []inventory.Stored{item("v", "a", "1")}})
				save(db.Saved{Source: health("w"), Items: []inventory.Stored{item("w", "a", "1")}})
				before := load().Sequence
				Expect(d.RemoveSource(ctx, "v")).To(Succeed())
				Expect(d.RemoveSource(ctx, "v")).To(MatchError(db.ErrNotFound))
				Expect(since(before).Gone).To(Equal(db.Gone{Sources: []string{"v"}, Items: []db.ItemKey{{Source: "v", Path: "a"}}}))
				Expect(load().Sources).To(HaveLen(1))
				Expect(load().Items).To(Equal([]inventory.Stored{item("w", "a", "1")}))
			})

			It("takes every name that a store can have", func() {
				for _, path := range []string{"a\x00b", "é\u202e'\"; DROP TABLE items; --", strings.Repeat("long/", 2000), strings.Repeat("é", 600), "$1", " "} {
					save(db.Saved{Source: health("v"), Items: []inventory.Stored{item("v", path, "1")}})
					Expect(load().Items).To(Equal([]inventory.Stored{item("v", path, "1")}), "%.20q", path)
					save(db.Saved{Source: health("v"), Gone: []string{path}})
					Expect(load().Items).To(BeEmpty())
				}
			})

			It("saves thousands of items at once", func() {
				c, many := issued("a.example.com"), []inventory.Stored{}
				for i := range 3001 {
					many = append(many, item("v", fmt.Sprint("secret/", i), "1", c))
				}
				save(db.Saved{Source: health("v"), Items: many, Certificates: []inventory.Certificate{c}})
				Expect(load().Items).To(HaveLen(3001))
				gone := []string{}
				for _, i := range many[:2500] {
					gone = append(gone, i.Path)
				}
				save(db.Saved{Source: health("v"), Gone: gone})
				Expect(load().Items).To(HaveLen(501))
			})

			It("leaves out a row whose content is damaged, and takes it again", func() {
				c := issued("a.example.com")
				saved := db.Saved{Source: health("v"), Items: []inventory.Stored{item("v", "a", "1", c)}, Certificates: []inventory.Certificate{c}}
				save(saved)
				for _, statement := range []string{"UPDATE items SET item = '{'", "UPDATE certificates SET record = ''"} {
					_, err := d.SQL().Exec(statement)
					Expect(err).NotTo(HaveOccurred())
				}
				Expect(load().Items).To(BeEmpty())
				Expect(load().Certificates).To(BeEmpty())
				save(saved)
				Expect(load().Items).To(Equal(saved.Items))
				Expect(load().Certificates).To(Equal(saved.Certificates))
			})

			It("forgets a certificate ninety days after its last sighting", func() {
				a, b := issued("a.example.com"), issued("b.example.com")
				day := func(days int) {
					GinkgoHelper()
					Expect(d.Prune(ctx, noon.Add(time.Duration(days)*24*time.Hour))).To(Succeed())
				}
				save(db.Saved{Source: health("v"), Items: []inventory.Stored{item("v", "a", "1", a), item("v", "b", "1", b)}, Certificates: []inventory.Certificate{a, b}})
				day(100)
				save(db.Saved{Source: health("v"), Gone: []string{"b"}})
				first := load().Sequence
				day(101)
				day(190)
				Expect(load().Certificates).To(HaveLen(2))
				Expect(d.Acknowledge(ctx, db.Ack{Certificate: b.ID})).To(Succeed())
				day(191)
				Expect(load().Certificates).To(Equal([]inventory.Certificate{a}))
				Expect(load().Acknowledgements).To(BeEmpty())
				Expect(since(first).Whole).To(BeTrue(), "the database has forgotten what went away")
			})

			It("keeps a certificate that comes back", func() {
				a := issued("a.example.com")
				saved := db.Saved{Source: health("v"), Items: []inventory.Stored{item("v", "a", "1", a)}, Certificates: []inventory.Certificate{a}}
				save(saved)
				save(db.Saved{Source: health("v"), Gone: []string{"a"}})
				Expect(d.Prune(ctx, noon.Add(48*time.Hour))).To(Succeed())
				save(saved)
				Expect(d.Prune(ctx, noon.Add(200*24*time.Hour))).To(Succeed())
				Expect(load().Certificates).To(HaveLen(1))
			})

			It("prunes once a day by itself", func() {
				save(db.Saved{Source: health("v")})
				late := health("v")
				late.LastAttempt = noon.Add(25 * time.Hour)
				count := func() (pruned int64) {
					Expect(d.SQL().QueryRow("SELECT value FROM counters WHERE name = 'pruned'").Scan(&pruned)).To(Succeed())
					return pruned
				}
				Expect(count()).To(Equal(noon.UnixMicro()))
				save(db.Saved{Source: late})
				Expect(count()).To(Equal(late.LastAttempt.UnixMicro()))
				save(db.Saved{Source: health("v")}) // the clock was set back
				Expect(count()).To(Equal(late.LastAttempt.UnixMicro()))
			})
		})
	}
})
