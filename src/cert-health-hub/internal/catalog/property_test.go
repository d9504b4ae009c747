package catalog_test

import (
	"net/url"
	"slices"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/catalog/sample"
	"cert-health/hub/internal/inventory"
)

// rich is a view in which certificates are at several places, of several items and sources.
var rich = sync.OnceValue(func() *catalog.View {
	return catalog.New(richContents(), catalog.DefaultPolicy(), sample.Now())
})

func richContents() inventory.Contents {
	contents := sample.Contents(300)
	for i := range 100 {
		item := &contents.Items[i*2]
		other := contents.Items[(i*7+1)%300].Sightings[0]
		if i%3 == 0 {
			other.State = inventory.Previous
		}
		other.Place = "second"
		item.Sightings = append(slices.Clone(item.Sightings), other)
	}
	for i := range 20 { // a secret beside a directory of the same name
		contents.Items[i*5].Path += "/x"
		beside := contents.Items[i*5+1]
		beside.Source, beside.Path = contents.Items[i*5].Source, contents.Items[i*5].Path[:len(contents.Items[i*5].Path)-2]
		contents.Items = append(contents.Items, beside)
	}
	return contents
}

// drawQuery draws a query without paging.
func drawQuery(t *rapid.T) catalog.Query {
	some := func(label string, list ...string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(list), 0, 2, rapid.ID).Draw(t, label)
	}
	span := func(label string) catalog.Span {
		if !rapid.Bool().Draw(t, label+" given") {
			return catalog.Span{}
		}
		return catalog.SpanOf(rapid.SampledFrom([]time.Duration{0, time.Hour, 10 * day, 30 * day, 365 * day}).Draw(t, label))
	}
	choice := func(label string) catalog.Choice {
		return rapid.SampledFrom([]catalog.Choice{catalog.Any, catalog.Any, catalog.Yes, catalog.No}).Draw(t, label)
	}
	q := catalog.Query{
		Text:    rapid.SampledFrom([]string{"", "", "service", "service 1", "<script>", "cf-1/", "CF", "3f", "no such"}).Draw(t, "text"),
		Sources: some("sources", "vault", "credhub", "sites", "opsman", "absent"), Types: some("types", "vault", "credhub", "tls"),
		Path:   rapid.SampledFrom([]string{"", "", "secret/cf-0", "secret/cf-0/", "/bosh", "/", "secret/cf-0/service-0/tls", "sec"}).Draw(t, "path"),
		Within: span("within"), Beyond: span("beyond"), Expired: choice("expired"), CA: choice("ca"), Acknowledged: choice("acknowledged"),
		Sort: rapid.SampledFrom(append(catalog.SortKeys(), "")).Draw(t, "sort"), Descending: rapid.Bool().Draw(t, "descending"),
	}
	if rapid.Bool().Draw(t, "states given") {
		q.States = rapid.SliceOfNDistinct(rapid.SampledFrom(catalog.States()), 1, 3, rapid.ID).Draw(t, "states")
	}
	return q
}

var _ = Describe("listing certificates", func() {
	It("counts exactly what the list behind each count has", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			q := drawQuery(t)
			page := rich().List(q)
			if total := len(rich().All(q)); page.Total != total {
				t.Fatalf("the total is %d, and the list has %d", page.Total, total)
			}
			for _, state := range catalog.States() {
				if behind := rich().List(q.WithStates(state)); behind.Total != page.Counts[state] {
					t.Fatalf("%s is counted %d times, and the list behind it has %d", state, page.Counts[state], behind.Total)
				}
			}
			if len(q.States) == 0 && page.Counts.Total() != page.Total {
				t.Fatalf("the counts add up to %d, and the total is %d", page.Counts.Total(), page.Total)
			}
		})
	})

	It("shows each entry on exactly one page, in the order of the whole list", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			q := drawQuery(t)
			whole := rich().All(q)
			q.Limit = rapid.IntRange(1, 60).Draw(t, "limit")
			var paged []*catalog.Entry
			for {
				page := rich().List(q)
				paged = append(paged, page.Entries...)
				if page.Next == "" {
					break
				}
				q.After = page.Next
			}
			if !slices.Equal(whole, paged) {
				t.Fatalf("the pages have %d entries, and the whole list %d", len(paged), len(whole))
			}
		})
	})

	It("reads a query as it wrote it", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			q := drawQuery(t)
			again, err := catalog.ParseQuery(q.Values())
			if err != nil {
				t.Fatal(err)
			}
			if again.Values().Encode() != q.Values().Encode() || rich().List(again).Total != rich().List(q).Total {
				t.Fatalf("%s became %s", q.Values().Encode(), again.Values().Encode())
			}
		})
	})

	It("divides the certificates between within and beyond a duration", func() {
		all := rich().List(catalog.Query{}).Total
		within, beyond := rich().List(catalog.Query{Within: catalog.SpanOf(30 * day)}).Total, rich().List(catalog.Query{Beyond: catalog.SpanOf(30 * day)}).Total
		Expect(within).NotTo(BeZero())
		Expect(within + beyond).To(Equal(all))
	})

	It("finds nothing beyond a duration when nothing is", func() {
		Expect(rich().List(catalog.Query{Beyond: catalog.SpanOf(90 * 365 * day)}).Entries).To(BeEmpty())
	})

	It("continues behind an entry that is gone", func() {
		page := rich().List(catalog.Query{Limit: 10})
		contents := richContents()
		gone := page.Entries[9].ID
		for i := range contents.Items {
			contents.Items[i].Sightings = slices.DeleteFunc(slices.Clone(contents.Items[i].Sightings), func(s inventory.Sighting) bool { return s.Certificate == gone })
		}
		next := rich().Update(contents, sample.Now()).List(catalog.Query{Limit: 10, After: page.Next})
		Expect(next.Entries[0].ID).To(Equal(rich().List(catalog.Query{Limit: 10, After: page.Next}).Entries[0].ID))
	})

	It("finds a fingerprint as openssl writes it", func() {
		e := rich().List(catalog.Query{Sources: []string{"vault"}}).Entries[0]
		var colons string
		for i, c := range e.Fingerprint.String()[:16] {
			if i > 0 && i%2 == 0 {
				colons += ":"
			}
			colons += string(c)
		}
		Expect(rich().List(catalog.Query{Text: colons}).Entries).To(ConsistOf(e))
	})
})

var _ = Describe("the tree", func() {
	It("counts exactly what the list behind each node has", func() {
		paths := 0
		var walk func(source, path string)
		walk = func(source, path string) {
			t := rich().Tree(source, path)
			for _, node := range t.Nodes {
				paths++
				q := catalog.Query{Sources: []string{node.Source}, Path: node.Path}
				page := rich().List(q)
				Expect(page.Total).To(Equal(node.Counts.Total()), node.Path)
				Expect(page.Counts[catalog.History]).To(Equal(node.Counts[catalog.History]), node.Path)
				if node.Parent {
					walk(node.Source, node.Path)
				}
			}
		}
		walk("", "")
		Expect(paths).To(BeNumerically(">", 300))
	})

	It("shows CredHub's names and addresses as they are", func() {
		Expect(rich().Tree("credhub", "").Nodes[0].Path).To(Equal("/bosh"))
		names := []string{}
		for _, node := range rich().Tree("sites", "").Nodes {
			names = append(names, node.Name)
		}
		Expect(names).To(ContainElement(HavePrefix("endpoint https://store-0-")))
	})
})

var _ = Describe("reading a query", func() {
	DescribeTable("says which parameter is wrong", func(query, message string) {
		values, err := url.ParseQuery(query)
		Expect(err).NotTo(HaveOccurred())
		_, err = catalog.ParseQuery(values)
		Expect(err).To(MatchError(message))
	},
		Entry("unknown", "stat=ok", `the parameter "stat": it is not a parameter of this list; did you mean "state"?`),
		Entry("state", "state=expird", `the parameter "state": it must be one of expired, not_yet_valid, expiring_soon, broken, expiring, unverified, ok, history; did you mean "expired"?`),
		Entry("duration", "within=90", `the parameter "within": it is not a valid duration: write 90s, 24h, 30d or 1y`),
		Entry("twice", "limit=1&limit=2", `the parameter "limit": it is given 2 times; give it once`),
		Entry("limit", "limit=1001", `the parameter "limit": it must be a number from 1 to 1000`),
		Entry("sort", "sort=age", `the parameter "sort": it must be one of not_after, name, path, source, with a minus in front to reverse it`),
		Entry("token", "after=%21", `the parameter "after": it is not a token of a page; begin again at the first page`),
		Entry("choice", "ca=yes", `the parameter "ca": it must be true or false`),
	)

	It("ignores empty values, as a form sends them", func() {
		q, err := catalog.ParseQuery(url.Values{"q": {""}, "state": {""}, "within": {""}})
		Expect(err).NotTo(HaveOccurred())
		Expect(q.Values()).To(BeEmpty())
	})

	DescribeTable("reads durations", func(text string, d time.Duration) {
		Expect(catalog.ParseDuration(text)).To(Equal(d))
		Expect(catalog.ParseDuration(catalog.FormatDuration(d))).To(Equal(d))
	},
		Entry(nil, "90s", 90*time.Second), Entry(nil, "24h", day), Entry(nil, "30d", 30*day), Entry(nil, "1y", 365*day),
		Entry(nil, "1y2d3h4m", 367*day+3*time.Hour+4*time.Minute), Entry(nil, "2w", 14*day), Entry(nil, "0s", time.Duration(0)))

	It("reads no other text as a duration", func() {
		for _, text := range []string{"", "d", "1", "-1d", "1.5d", "1D", "101y", "9999999999999d", "1y99y2d", "1d "} {
			_, err := catalog.ParseDuration(text)
			Expect(err).To(HaveOccurred(), text)
		}
	})
})
