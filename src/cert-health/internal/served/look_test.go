package served_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/served"
)

var _ = Describe("a look at many ports", func() {
	var c *clock
	var o served.Options
	var attackers []*server

	BeforeEach(func() {
		c = &clock{time.Now()}
		o = options(c)
		attackers = nil
		for range 100 {
			attackers = append(attackers, serve("tcp", "127.0.0.1:0", func(connection net.Conn) { _, _ = io.Copy(io.Discard, connection) }))
		}
	})
	// found are the listeners of a job.
	found := func(job string, servers ...*server) []served.Listener {
		GinkgoHelper()
		var addresses []netip.AddrPort
		for _, s := range servers {
			addresses = append(addresses, s.address())
		}
		list := listeners(addresses...)
		for i := range list {
			list[i].Owner = served.Process{PID: 1, Job: job}
		}
		return list
	}
	honest := func() *server {
		s, _ := serveTLS(&tls.Config{Certificates: []tls.Certificate{keyed(scenario.Issue(scenario.Spec{CommonName: "leaf"}))}})
		return s
	}
	visits := func() (total int) {
		for _, s := range attackers {
			total += int(s.accepts.Load())
		}
		return total
	}

	It("gives what it knows while servers of another job accept and stall, which have not all connections", func() {
		victim, known := honest(), make(chan []served.Result, 100)
		o.Known = func(results []served.Result) { known <- results }
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan []served.Result)
		all := append(found("attacker", attackers...), found("victim", victim)...)
		go func() { ended <- served.NewProber(o).Probe(ctx, all) }()
		var results []served.Result
		Eventually(known, time.Minute).Should(Receive(&results))
		Expect(leaves(results[100])).To(Equal([]string{"leaf"}))
		Expect(visits()).To(Equal(3), "one of four connections is for other jobs")
		cancel()
		Eventually(ended, "1s").Should(Receive(HaveLen(101)), "it ends within a second")
	})

	It("gives up on the rest of a job's new ports after three that stall, until the next look", func() {
		o.Timeout, o.Patience = 100*time.Millisecond, 10*time.Millisecond
		victim, p := honest(), served.NewProber(o)
		all := append(found("attacker", attackers...), found("victim", victim)...)
		p.Probe(context.Background(), all)
		first := visits()
		Expect(first).To(BeNumerically("<=", 5), "three, and two that ran beside the third")
		Expect(p.Left()).To(Equal(map[string]int{"attacker": 100 - first}))
		c.move(o.Interval)
		p.Probe(context.Background(), all)
		Expect(visits()).To(And(BeNumerically(">", first), BeNumerically("<=", first+5)))
	})

	It("asks servers that have answered before those that have not", func() {
		victim := honest()
		p := served.NewProber(o)
		p.Probe(context.Background(), found("", victim))
		c.move(o.Interval)
		o.Timeout, o.Patience = 100*time.Millisecond, 10*time.Millisecond
		asked := found("", append(attackers, victim)...)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		go func() {
			defer cancel()
			Eventually(victim.accepts.Load, time.Minute).Should(BeEquivalentTo(2))
		}()
		p.Probe(ctx, asked)
		Expect(visits()).To(BeNumerically("<=", 3), "it was among the first four")
	})

	It("ends when its time is over, and the rest stays due, also servers that it asked", func() {
		o.Look = 50 * time.Millisecond
		p := served.NewProber(o)
		for _, result := range p.Probe(context.Background(), found("attacker", attackers...)) {
			Expect(result).To(And(HaveField("Protocol", served.Unknown), HaveField("ProbedAt", time.Time{})))
		}
		Expect(p.Left()).To(Equal(map[string]int{"attacker": 100}))
	})

	It("quotes at most eighty characters of a server, without control characters", func() {
		garbage := strings.Repeat("\x1b[31m\x00\u202eü", 20_000)
		for _, greeting := range []string{"220 " + garbage, "220 x\r\n" + garbage, "INFO " + garbage, "421 " + garbage, "\x4a\x00\x00\x00\x0a" + garbage, garbage} {
			s := serve("tcp", "127.0.0.1:0", func(connection net.Conn) { _, _ = io.WriteString(connection, greeting) })
			result := probe(s.address())
			Expect(len([]rune(result.Err))).To(BeNumerically("<=", 80), fmt.Sprintf("%.20q", greeting))
			Expect(result.Err).NotTo(MatchRegexp(`[\x00-\x1f\x{202e}]`))
		}
	})
})

var _ = Describe("the files that tell which job a process belongs to", func() {
	It("are read up to a limit, and only regular files", func() {
		vm := newTree(GinkgoT().TempDir())
		vm.job("pipe", "/var/vcap/sys/run/pipe/pipe.pid")
		vm.job("endless", "/var/vcap/sys/run/endless/endless.pid")
		for _, dir := range []string{"pipe", "endless"} {
			Expect(os.MkdirAll(filepath.Join(vm.root, "var/vcap/sys/run", dir), 0o755)).To(Succeed())
		}
		Expect(syscall.Mkfifo(filepath.Join(vm.root, "var/vcap/sys/run/pipe/pipe.pid"), 0o644)).To(Succeed())
		vm.write("var/vcap/sys/run/endless/endless.pid", "20")
		Expect(os.Truncate(filepath.Join(vm.root, "var/vcap/sys/run/endless/endless.pid"), 1<<40)).To(Succeed())
		Expect(os.Truncate(filepath.Join(vm.root, "var/vcap/data/jobs/endless/0123/monit"), 1<<40)).To(Succeed())
		vm.process(process{pid: 20, parent: 1, name: "x"})
		processes, problems := served.Processes(context.Background(), vm.root)
		Expect(problems).To(BeEmpty())
		Expect(processes).To(HaveEach(HaveField("Job", "")))
	})

	It("are not read any more when the context has ended", func() {
		vm := newTree(GinkgoT().TempDir())
		vm.connection(443, "0A", 1001)
		vm.process(process{pid: 20, parent: 1, name: "x", sockets: []int{1001}})
		finder := served.NewFinder(vm.root)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		found, _ := finder.Find(ctx)
		Expect(found).To(HaveExactElements(HaveField("Owner.PID", 0)))
		found, _ = finder.Find(context.Background())
		Expect(found).To(HaveExactElements(HaveField("Owner.PID", 20)), "it is looked for again")
	})
})
