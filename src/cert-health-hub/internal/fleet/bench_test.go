package fleet_test

import (
	"runtime"
	"testing"
	"time"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/fleet/sample"
	"cert-health/hub/internal/inventory"
)

// many is the number of instances that the hub is made for.
const many = 10_000

// heap is the memory in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkView(b *testing.B) {
	before := heap()
	in := sample.Input(many)
	members := heap()
	v := fleet.New(in)
	b.ReportMetric(float64(members-before)/many, "member-B/VM")
	b.ReportMetric(float64(heap()-members)/many, "view-B/VM")
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			v = fleet.New(in)
		}
	})
	b.Run("update and build", func(b *testing.B) {
		vm := sample.VMs(many)[many/2]
		for n := 0; b.Loop(); n++ {
			vm.Renewed = n%2 == 0
			in.Members[vm.Key()] = fleet.Read(vm.Report()).After(in.Members[vm.Key()])
			v = fleet.New(in)
		}
	})
	b.Run("page of instances", func(b *testing.B) {
		for b.Loop() {
			v.Instances(fleet.Query{Deployment: "cf", Group: "diego-cell", Standings: []inventory.Standing{inventory.Reports}, Text: "10.10"})
		}
	})
	b.Run("row by instance", func(b *testing.B) {
		row := v.Rows()[0]
		for b.Loop() {
			v.Cells(row)
		}
	})
	b.Run("read a report", func(b *testing.B) {
		r := sample.VMs(many)[many/2].Report()
		for b.Loop() {
			fleet.Read(r)
		}
	})
	in.Now = in.Now.Add(time.Minute)
	runtime.KeepAlive(in)
}
