package trust_test

import (
	"fmt"
	"testing"

	"cert-health/internal/knowledge"
	"cert-health/internal/scenario"
	"cert-health/internal/survey"
	"cert-health/internal/trust"
)

// BenchmarkMatrix makes the matrix of 10,000 VMs with 70 certificates each in two generations, with all built-in
// edges.
func BenchmarkMatrix(b *testing.B) {
	edges, err := knowledge.LoadEdges("")
	if err != nil {
		b.Fatal(err)
	}
	s := large(10_000)
	b.ResetTimer()
	for range b.N {
		m := trust.New(s, edges).Matrix(trust.Filter{})
		if len(m.Edges) == 0 {
			b.Fatal("no edge")
		}
	}
}

func large(n int) *survey.Survey {
	p := newPKI()
	cell := [2]*scenario.Pair{p.issue("cell.service.cf.internal"), p.issue("cell.service.cf.internal")}
	files := func(generation int) map[string]pairs {
		all := map[string]pairs{"rep/config/certs/tls.crt": {cell[generation]}, "rep/config/certs/tls_ca.crt": {p.ca}}
		for i := range 68 {
			all[fmt.Sprintf("job%d/config/certs/loggregator/client.crt", i)] = pairs{cell[0]}
		}
		return all
	}
	small := fleet(vm{group: "diego-cell", files: files(0)}, vm{group: "diego-cell", files: files(1)},
		vm{group: "diego-api", files: map[string]pairs{"bbs/config/certs/server.crt": {p.issue("bbs.service.cf.internal")}, "bbs/config/certs/ca.crt": {p.ca}}})
	s := *small
	s.Instances = nil
	for i := range n {
		own := *small.Instances[i%len(small.Instances)]
		own.ID = fmt.Sprint(i)
		s.Instances = append(s.Instances, &own)
	}
	return &s
}
