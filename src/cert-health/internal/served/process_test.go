package served_test

import (
	"context"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/served"
)

var _ = Describe("Processes", func() {
	var vm *tree

	BeforeEach(func() { vm = newTree(GinkgoT().TempDir()) })

	jobs := func() map[int]string {
		GinkgoHelper()
		processes, problems := served.Processes(context.Background(), vm.root)
		Expect(problems).To(BeEmpty())
		of := map[int]string{}
		for _, p := range processes {
			of[p.PID] = p.Job
		}
		return of
	}

	It("finds the name in monit of a process or of its ancestor", func() {
		vm.job("cc", "/var/vcap/sys/run/cc.pid", "/var/vcap/sys/run/nginx.pid")
		vm.write("var/vcap/sys/run/cc.pid", "20\n")
		vm.write("var/vcap/sys/run/nginx.pid", "30\n")
		for pid, parent := range map[int]int{20: 1, 21: 20, 30: 1, 31: 30, 40: 1} {
			vm.process(process{pid: pid, parent: parent, name: "x"})
		}
		processes, _ := served.Processes(context.Background(), vm.root)
		names := map[int]string{}
		for _, p := range processes {
			names[p.PID] = p.Monit
		}
		Expect(names).To(Equal(map[int]string{1: "", 20: "cc-0", 21: "cc-0", 30: "cc-1", 31: "cc-1", 40: ""}))
	})

	It("finds the start time of a process, and its program", func() {
		vm.process(process{pid: 7, name: "rep (or) \x1b[31m", ticks: 12345})
		processes, _ := served.Processes(context.Background(), vm.root)
		Expect(processes).To(ContainElement(And(HaveField("PID", 7), HaveField("Name", "rep (or) ?[31m"),
			HaveField("Started", BeTemporally("==", booted.Add(123450*time.Millisecond))))))
	})

	It("finds a job by its bpm container, in cgroups of both versions", func() {
		vm.job("gorouter")
		vm.job("cloud_controller_ng")
		vm.job("a.b")
		for pid, cgroup := range map[int]string{
			2: "12:memory:/x/bpm-gorouter\n1:name=systemd:/x\n0::/system.slice\n",
			3: "0::/system.slice/monit.service/bpm-cloud_controller_ng.2enginx\n",
			4: "0::/system.slice/monit-service-bpm-bpm-gorouter.scope\n",
			5: "0::/system.slice/garden-1-scope-bpm-bpm-a.2eb.2eworker.scope\n",
			6: "0::/bpm-gone.2eworker\n",
			7: "0::/system.slice/sshd.service\n",
			8: "0::/bpm-\n",
			9: "0::/bpm-x.2\n", 10: "0::/bpm-x.zz\n",
		} {
			vm.process(process{pid: pid, name: "x", parent: 1, cgroup: cgroup})
		}
		Expect(jobs()).To(Equal(map[int]string{1: "", 2: "gorouter", 3: "cloud_controller_ng", 4: "gorouter", 5: "a.b",
			6: "gone", 7: "", 8: "", 9: "x", 10: "x"}))
	})

	It("finds a job by the pidfiles of its monit files, for children too", func() {
		vm.job("postgres", "/var/vcap/sys/run/elsewhere/pg.pid", "/var/vcap/sys/run/none.pid")
		vm.write("var/vcap/data/jobs/postgres/0123/janitor.monit", "check process janitor with pidfile \"/var/vcap/sys/run/janitor.pid\"\n# pidfile /var/vcap/sys/run/not.pid\n")
		vm.write("var/vcap/sys/run/elsewhere/pg.pid", "20\n")
		vm.write("var/vcap/sys/run/janitor.pid", "30")
		vm.write("var/vcap/sys/run/not.pid", "40")
		vm.process(process{pid: 20, parent: 1, name: "postgres"})
		vm.process(process{pid: 21, parent: 20, name: "postgres"})
		vm.process(process{pid: 22, parent: 21, name: "sh", arguments: []string{"sh", "/var/vcap/jobs/other/bin/x"}})
		vm.process(process{pid: 30, parent: 1, name: "janitor"})
		vm.process(process{pid: 40, parent: 1, name: "other"})
		vm.process(process{pid: 50, parent: 51, name: "circle"})
		vm.process(process{pid: 51, parent: 50, name: "circle"})
		Expect(jobs()).To(Equal(map[int]string{1: "", 20: "postgres", 21: "postgres", 22: "postgres", 30: "postgres", 40: "", 50: "", 51: ""}))
	})

	It("ignores a pidfile that is older than the process", func() {
		vm.job("x", "/var/vcap/sys/run/x/x.pid")
		vm.write("var/vcap/sys/run/x/x.pid", "20")
		vm.process(process{pid: 20, parent: 1, name: "x", ticks: 100 * 3600})
		pidfile := filepath.Join(vm.root, "var/vcap/sys/run/x/x.pid")
		Expect(os.Chtimes(pidfile, booted, booted)).To(Succeed())
		Expect(jobs()).To(HaveKeyWithValue(20, ""))
		later := booted.Add(time.Hour + time.Second)
		Expect(os.Chtimes(pidfile, later, later)).To(Succeed())
		Expect(jobs()).To(HaveKeyWithValue(20, "x"))
	})

	It("finds no job by a command line, which every process chooses itself", func() {
		vm.process(process{pid: 20, parent: 1, name: "bosh-dns", arguments: []string{"/var/vcap/packages/bosh-dns/bin/bosh-dns", "--config=/var/vcap/jobs/bosh-dns/config/config.json"}})
		vm.process(process{pid: 21, parent: 20, name: "sh", arguments: []string{"sh", "-c", "true"}})
		vm.process(process{pid: 22, parent: 1, name: "x", arguments: []string{"/var/vcap/data/jobs/x_y/0af/bin/x"}})
		Expect(jobs()).To(Equal(map[int]string{1: "", 20: "", 21: "", 22: ""}))
	})

	It("does not believe the monit file of a job about the process of another", func() {
		vm.job("rep", "/var/vcap/sys/run/rep/rep.pid")
		vm.write("var/vcap/sys/run/rep/rep.pid", "20\n")
		for _, thief := range []string{"aaa", "zzz"} {
			vm.job(thief, "/var/vcap/sys/run/"+thief+".pid", "/var/vcap/sys/run/rep/rep.pid")
			vm.write("var/vcap/sys/run/"+thief+".pid", "20\n")
		}
		vm.process(process{pid: 20, parent: 1, name: "rep"})
		Expect(jobs()).To(Equal(map[int]string{1: "", 20: "rep"}))

		Expect(os.Remove(filepath.Join(vm.root, "var/vcap/sys/run/rep/rep.pid"))).To(Succeed())
		Expect(jobs()).To(Equal(map[int]string{1: "", 20: ""}), "two jobs want it")
	})

	It("reports what it could not find out", func() {
		_, problems := served.Processes(context.Background(), GinkgoT().TempDir())
		Expect(problems).To(Equal([]served.Problem{{What: "/proc", Reason: "no such file or directory"}}))

		Expect(os.RemoveAll(filepath.Join(vm.root, "proc/1"))).To(Succeed())
		Expect(os.Remove(filepath.Join(vm.root, "proc/stat"))).To(Succeed())
		vm.process(process{pid: 20, name: "x"})
		processes, problems := served.Processes(context.Background(), vm.root)
		Expect(processes).To(HaveExactElements(HaveField("Started", time.Time{})))
		Expect(problems).To(HaveExactElements(
			served.Problem{What: "/proc/stat", Reason: "no such file or directory"},
			HaveField("Reason", ContainSubstring("hidepid"))))
	})
})
