package served_test

import (
	"context"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/served"
)

var _ = Describe("Finder", func() {
	var vm *tree
	var finder *served.Finder

	BeforeEach(func() {
		vm = newTree(GinkgoT().TempDir())
		finder = served.NewFinder(vm.root)
	})
	find := func() []served.Listener {
		GinkgoHelper()
		found, problems := finder.Find(context.Background())
		Expect(problems).To(BeEmpty())
		return found
	}

	It("finds listening sockets and their owners, and no connections", func() {
		vm.job("router", "/var/vcap/sys/run/router.pid")
		vm.write("var/vcap/sys/run/router.pid", "20")
		vm.connection(443, "0A", 1001)
		vm.connection(443, "01", 1002)
		vm.connection(80, "0A", 1003)
		vm.process(process{pid: 30, parent: 20, name: "nginx", ticks: 9, sockets: []int{1001}})
		vm.process(process{pid: 20, parent: 1, name: "nginx", ticks: 8, sockets: []int{1001, 1002}})
		found := find()
		Expect(found).To(HaveLen(2))
		Expect(found[0]).To(And(HaveField("Address.String()", "127.0.0.1:80"), HaveField("Owner", served.Process{})))
		Expect(found[1].Address.String()).To(Equal("127.0.0.1:443"))
		Expect(found[1].Owner).To(And(HaveField("PID", 20), HaveField("Job", "router"), HaveField("Name", "nginx")),
			"the master's, although a worker has the socket too")
	})

	It("reads all processes only when there is a new socket or an owner has ended", func() {
		vm.connection(443, "0A", 1001)
		vm.process(process{pid: 20, parent: 1, name: "x", ticks: 8, sockets: []int{1001}})
		Expect(find()[0].Owner.PID).To(Equal(20))

		descriptor := filepath.Join(vm.root, "proc/20/fd/3")
		Expect(os.Remove(descriptor)).To(Succeed())
		Expect(find()[0].Owner.PID).To(Equal(20), "it was not looked for again")

		vm.connection(80, "0A", 1002)
		Expect(find()[1].Owner.PID).To(BeZero(), "it was, and has the socket no more")

		Expect(os.Symlink("socket:[1001]", descriptor)).To(Succeed())
		vm.connection(81, "0A", 1003)
		Expect(find()[2].Owner.PID).To(Equal(20))
		Expect(os.RemoveAll(filepath.Join(vm.root, "proc/20"))).To(Succeed())
		vm.process(process{pid: 20, parent: 1, name: "another", ticks: 9})
		Expect(find()[2].Owner.PID).To(BeZero(), "another process has its number")
	})

	It("searches again, from time to time, for an unknown job", func() {
		vm.job("late", "/var/vcap/sys/run/late.pid")
		vm.connection(443, "0A", 1001)
		vm.process(process{pid: 20, parent: 1, name: "x", sockets: []int{1001}})
		Expect(find()[0].Owner).To(And(HaveField("PID", 20), HaveField("Job", "")))
		vm.write("var/vcap/sys/run/late.pid", "20")
		Expect(find()[0].Owner.Job).To(BeEmpty())
		for range 10 {
			find()
		}
		Expect(find()[0].Owner.Job).To(Equal("late"))
	})

	It("finds processes of excluded jobs by their command lines too, so that they are not probed", func() {
		vm.connection(443, "0A", 1001)
		vm.process(process{pid: 20, parent: 1, name: "x", sockets: []int{1001}, arguments: []string{"/var/vcap/jobs/shy/bin/x"}})
		Expect(find()[0].Owner.Job).To(BeEmpty())
		o := options(&clock{booted})
		o.Never.Jobs = []string{"shy"}
		Expect(served.NewProber(o).Probe(context.Background(), find())[0]).To(And(
			HaveField("Protocol", served.Excluded), HaveField("Err", "its job is excluded")))
	})

	It("reports again what it could not find out", func() {
		vm.connection(443, "0A", 1001)
		vm.process(process{pid: 20, parent: 1, name: "x", sockets: []int{1001}})
		Expect(os.Remove(filepath.Join(vm.root, "proc/stat"))).To(Succeed())
		for range 3 {
			_, problems := finder.Find(context.Background())
			Expect(problems).To(Equal([]served.Problem{{What: "/proc/stat", Reason: "no such file or directory"}}))
		}
	})

	It("reports what it could not read", func() {
		Expect(os.RemoveAll(filepath.Join(vm.root, "proc/net"))).To(Succeed())
		found, problems := finder.Find(context.Background())
		Expect(found).To(BeEmpty())
		Expect(problems).To(Equal([]served.Problem{{What: "/proc/net/tcp", Reason: "no such file or directory"}}))
	})
})
