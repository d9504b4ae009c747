package db_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
)

// childsURL names the database that a process of this test writes until it is killed.
const childsURL = "CERT_HEALTH_TEST_DATABASE"

// generation is a collection whose items all have one version.
func generation(number int, certificate inventory.Certificate) db.Saved {
	saved := db.Saved{Source: health("v"), Certificates: []inventory.Certificate{certificate}}
	for i := range 700 {
		saved.Items = append(saved.Items, item("v", fmt.Sprint("secret/", i), fmt.Sprint(number), certificate))
	}
	return saved
}

// childsWork is what the test does in the process that is killed.
func childsWork() (work func(*testing.T), ok bool) {
	address := os.Getenv(childsURL)
	return func(t *testing.T) {
		d, err := db.Open(context.Background(), address, logger())
		if err != nil {
			t.Fatal(err)
		}
		certificate := issued("a.example.com")
		for number := 1; ; number++ {
			if err := d.SaveCollection(context.Background(), generation(number, certificate)); err != nil {
				t.Fatal(err)
			}
			fmt.Println("saved", number)
		}
	}, address != ""
}

// killed runs a process that saves, and kills it in the middle of a save after the first ones.
func killed(address string, saves int) (last string) {
	GinkgoHelper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childsURL+"="+address)
	output, err := child.StdoutPipe()
	Expect(err).NotTo(HaveOccurred())
	Expect(child.Start()).To(Succeed())
	lines := bufio.NewScanner(output)
	for saves > 0 && lines.Scan() {
		if _, number, ok := strings.Cut(lines.Text(), "saved "); ok {
			last, saves = number, saves-1
		}
	}
	Expect(child.Process.Kill()).To(Succeed())
	for lines.Scan() {
		if _, number, ok := strings.Cut(lines.Text(), "saved "); ok {
			last = number
		}
	}
	Expect(child.Wait()).NotTo(Succeed())
	Expect(saves).To(BeZero(), "the process ended by itself")
	return last
}

var _ = Describe("a fault", func() {
	for _, p := range places() {
		Context("in "+p.name, func() {
			ctx := context.Background()

			It("kill -9 in the middle of a save leaves a whole state", func() {
				address := p.url()
				d := open(address)
				for round := range 4 {
					last := killed(address, round+1)
					contents := value(d.Load(ctx))
					Expect(contents.Items).To(HaveLen(700))
					versions := map[string]bool{}
					for _, i := range contents.Items {
						versions[i.Version] = true
					}
					Expect(versions).To(HaveLen(1))
					// What the process said to have saved is there; it may have saved one more.
					var said, found int
					_, _ = fmt.Sscan(last, &said)
					_, _ = fmt.Sscan(contents.Items[0].Version, &found)
					Expect(found).To(BeElementOf(said, said+1))
					Expect(d.SaveCollection(ctx, generation(1, issued("b.example.com")))).To(Succeed())
				}
			})

			It("writers at the same time wait for each other, and no change is lost", func() {
				address := p.url()
				hubs := []*db.DB{open(address), open(address)}
				const each = 20
				var writers sync.WaitGroup
				errs := make(chan error, 4*each)
				for w := range 4 {
					writers.Go(func() {
						for i := range each {
							errs <- hubs[w%2].SaveCollection(ctx, db.Saved{Source: health(fmt.Sprint("v", w)), Items: []inventory.Stored{item(fmt.Sprint("v", w), fmt.Sprint(i), "1")}})
						}
					})
				}
				done := make(chan struct{})
				go func() { writers.Wait(); close(done) }()
				seen, sequence := map[string]bool{}, int64(0)
				look := func() {
					contents := value(hubs[1].Since(ctx, sequence))
					sequence = contents.Sequence
					for _, i := range contents.Items {
						seen[i.Source+" "+i.Path] = true
					}
				}
				for running := true; running; {
					select {
					case <-done:
						running = false
					default:
						look()
					}
				}
				look()
				for range 4 * each {
					Expect(<-errs).NotTo(HaveOccurred())
				}
				Expect(seen).To(HaveLen(4*each), "changes that a follower has seen")
			})

			It("a database without tables is not ready", func() {
				d := value(db.Open(ctx, p.url(), logger()))
				DeferCleanup(d.Close)
				Expect(d.Ready(ctx)).NotTo(Succeed())
				Expect(d.Migrate(ctx)).To(Succeed())
				Expect(d.Ready(ctx)).To(Succeed())
				Expect(d.Migrate(ctx)).To(Succeed())
			})

			It("hubs that start at the same time migrate once", func() {
				address := p.url()
				var hubs sync.WaitGroup
				errs := make(chan error, 3)
				for range 3 {
					hubs.Go(func() {
						d, err := db.Open(ctx, address, logger())
						if err != nil {
							errs <- err
							return
						}
						defer func() { _ = d.Close() }()
						errs <- d.Migrate(ctx)
					})
				}
				hubs.Wait()
				for range 3 {
					Expect(<-errs).NotTo(HaveOccurred())
				}
				Expect(open(address).Ready(ctx)).To(Succeed())
			})

			It("a call ends with its context", func() {
				d := open(p.url())
				ended, cancel := context.WithCancel(ctx)
				cancel()
				Expect(d.SaveCollection(ended, db.Saved{Source: health("v")})).To(MatchError(context.Canceled))
				Expect(d.SaveCollection(ctx, db.Saved{Source: health("v")})).To(Succeed())
			})
		})
	}

	DescribeTable("an invalid URL is an error that does not quote it", func(address string) {
		_, err := db.Open(context.Background(), address, logger())
		Expect(err).To(MatchError(ContainSubstring("write ")))
		Expect(err.Error()).NotTo(ContainSubstring("hunter2"))
	},
		Entry("empty", ""),
		Entry("another scheme", "mysql://root:hunter2@db/x"),
		Entry("no file", "sqlite:"),
		Entry("a broken PostgreSQL URL", "postgres://hub:hunter2%@db/x"),
		Entry("a port without a number", "postgres://hub:hunter2@db:none/x"),
	)
})

var _ = Describe("changes", func() {
	for _, p := range places() {
		It("are told to those who follow, in "+p.name, func() {
			d := open(p.url())
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			first, second := d.Changes(ctx), d.Changes(ctx)
			Expect(d.SaveCollection(ctx, db.Saved{Source: health("v")})).To(Succeed())
			Expect(d.SaveCollection(ctx, db.Saved{Source: health("w")})).To(Succeed())
			last := value(d.Sequence(ctx))
			Eventually(first, time.Minute).Should(Receive(Equal(last)))
			Eventually(second, time.Minute).Should(Receive(Equal(last)))
			cancel()
			Eventually(first, time.Minute).Should(BeClosed())
			Eventually(second, time.Minute).Should(BeClosed())
			Expect(d.SaveCollection(context.Background(), db.Saved{Source: health("v")})).To(Succeed())
		})

		It("of many writers do not block, in "+p.name, func() {
			d := open(p.url())
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			slow := d.Changes(ctx)
			for range 10 {
				Expect(d.Acknowledge(ctx, db.Ack{Certificate: "x"})).To(Succeed())
			}
			Eventually(slow, time.Minute).Should(Receive(Equal(value(d.Sequence(ctx)))))
		})
	}
})
