package collect_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/hub/internal/collect"
	"cert-health/hub/internal/inventory"
)

var _ = Describe("the merge of a collection", func() {
	paths := rapid.SampledFrom([]string{"a", "a/x", "a/y", "b/x", "b/y/z", "c"})
	items := rapid.Custom(func(t *rapid.T) inventory.Item {
		return inventory.Item{Path: paths.Draw(t, "path"), Version: fmt.Sprint(rapid.IntRange(1, 3).Draw(t, "version"))}
	})
	parts := rapid.Custom(func(t *rapid.T) inventory.Unseen {
		return inventory.Unseen{Path: rapid.SampledFrom([]string{"", "a/", "a", "b/", "b/y/", "c"}).Draw(t, "part"), Reason: rapid.SampledFrom([]string{"denied", "late"}).Draw(t, "reason")}
	})

	It("loses nothing that could not be seen, and shows nothing as seen that was not", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			health, known := inventory.Health{Name: "s"}, map[string]inventory.Stored{}
			for step := range 6 {
				now := time.Unix(int64(step+1)*1000, 0)
				c := &inventory.Collection{Items: rapid.SliceOfN(items, 0, 6).Draw(t, "items"), Unseen: rapid.SliceOfN(parts, 0, 3).Draw(t, "unseen")}
				before := map[string]inventory.Stored{}
				for path, item := range known {
					before[path] = item
				}
				changed, gone := collect.Merge(health, known, c, now)
				for _, item := range changed {
					known[item.Path] = item
				}
				for _, path := range gone {
					delete(known, path)
				}
				health.LastSuccess = now
				check(t, before, known, c, now)
			}
		})
	})

	It("takes the reason that is nearest to the item", func() {
		known := map[string]inventory.Stored{"a/x": {Item: inventory.Item{Path: "a/x"}}}
		changed, _ := collect.Merge(inventory.Health{Name: "s"}, known, &inventory.Collection{Unseen: []inventory.Unseen{{Path: "a/x", Reason: "this one"}, {Path: "", Reason: "all"}}}, time.Now())
		Expect(changed).To(HaveLen(1))
		Expect(changed[0].Unseen).To(Equal("this one"))
	})
})

// check compares what is known before and after a collection.
func check(t *rapid.T, before, after map[string]inventory.Stored, c *inventory.Collection, now time.Time) {
	seen := func(path string) bool {
		return slices.ContainsFunc(c.Items, func(i inventory.Item) bool { return i.Path == path })
	}
	covered := func(path string) bool {
		return slices.ContainsFunc(c.Unseen, func(u inventory.Unseen) bool {
			return u.Path == path || u.Path == "" || strings.HasSuffix(u.Path, "/") && strings.HasPrefix(path, u.Path)
		})
	}
	names := func(path string) bool {
		return slices.ContainsFunc(c.Unseen, func(u inventory.Unseen) bool { return u.Path == path })
	}
	for path, was := range before {
		is, there := after[path]
		switch {
		case there != (seen(path) || covered(path)):
			t.Fatalf("%s: there %v, seen %v, covered %v", path, there, seen(path), covered(path))
		case there && !is.FirstSeen.Equal(was.FirstSeen):
			t.Fatalf("%s: its first time has changed", path)
		case there && !(seen(path) && !names(path)) && (is.Unseen == "" || is.LastSeen.Equal(now)):
			t.Fatalf("%s was not seen, and is shown as seen", path)
		case there && !seen(path) && (is.Unseen == "" || is.Version != was.Version || is.LastSeen.Equal(now)):
			t.Fatalf("%s was not seen, and is shown as seen", path)
		}
	}
	for _, item := range c.Items {
		if (after[item.Path].Unseen != "") != names(item.Path) {
			t.Fatalf("%s is shown as not seen: %v", item.Path, !names(item.Path))
		}
	}
}
