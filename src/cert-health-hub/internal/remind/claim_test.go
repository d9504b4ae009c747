package remind

import (
	"context"
	"net/http"
	"time"

	"github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// hooked is a channel in whose attempts something happens.
type hooked func(ctx context.Context) error

func (h hooked) send(ctx context.Context, _ Message) error { return h(ctx) }

var _ = ginkgo.Describe("a message of several hubs", func() {
	var r, other *rig
	ginkgo.BeforeEach(func() {
		r = newRig(http.StatusServiceUnavailable)
		r.entries = []Entry{expiring("bbs", 5)}
		other = newRig()
		other.shelf, other.clock, other.entries = r.shelf, r.clock, r.entries
		other.restart()
	})

	ginkgo.It("is not sent by a hub that has lost the lead before its next attempt", func() {
		Expect(r.pass(0)).To(BeEmpty(), "the receiver does not take it")
		Expect(other.pass(time.Hour)).To(HaveLen(1))
		r.Store = &shelf{err: errGone} // as the database refuses it: another hub leads
		Expect(r.pass(time.Hour)).To(BeEmpty())
	})

	ginkgo.It("is not sent by a second hub while the first one may still send it", func() {
		r.channels["ops"] = hooked(func(context.Context) error {
			Expect(other.pass(attemptTime)).To(BeEmpty())
			return nil
		})
		r.Pass(r.ctx)
		Expect(r.Stats()).To(ConsistOf(HaveField("Delivered", 1)))
	})

	ginkgo.It("is sent by the next hub when the first one ended before it knew the result", func() {
		r.channels["ops"] = hooked(func(context.Context) error {
			r.shelf.fail(errGone) // it is cut off
			return nil
		})
		r.Pass(r.ctx)
		r.shelf.fail(nil)
		Expect(other.pass(attemptTime)).To(BeEmpty())
		Expect(other.pass(claimTime)).To(HaveLen(1))
	})

	ginkgo.It("is on its way a little longer when the hub ends", func() {
		ending, end := context.WithCancel(r.ctx)
		r.channels["ops"] = hooked(func(ctx context.Context) error {
			end()
			return ctx.Err()
		})
		r.Pass(ending)
		Expect(r.Stats()).To(ConsistOf(And(HaveField("Delivered", 1), HaveField("Failed", 0))))
	})

	ginkgo.It("waits when the hub stood still after it claimed the message", func() {
		p := pending{Channel: "ops", Message: message()}
		claimed := r.clock.Now()
		r.clock.Increment(attemptTime)
		Expect(r.attempt(r.ctx, p, claimed)).To(MatchError(errLate))
		Expect(r.station.got()).To(BeEmpty())
	})
})
