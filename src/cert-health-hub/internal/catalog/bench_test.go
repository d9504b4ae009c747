package catalog_test

import (
	"testing"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/catalog/sample"
)

// fleet is the number of certificates of a large platform.
const fleet = 20_000

func BenchmarkNew(b *testing.B) {
	contents := sample.Contents(fleet)
	for b.Loop() {
		catalog.New(contents, catalog.DefaultPolicy(), sample.Now())
	}
}

func BenchmarkAt(b *testing.B) {
	v := sample.View(fleet)
	for b.Loop() {
		v.At(sample.Now())
	}
}

func BenchmarkList(b *testing.B) {
	v := sample.View(fleet)
	for name, q := range map[string]catalog.Query{
		"all": {}, "text": {Text: "service 77", Sort: catalog.ByName}, "source": {Sources: []string{"vault"}, Path: "secret/cf-1/", Sort: catalog.ByPath},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				v.List(q)
			}
		})
	}
}

func BenchmarkTree(b *testing.B) {
	v := sample.View(fleet)
	for b.Loop() {
		v.Tree("vault", "secret")
	}
}
