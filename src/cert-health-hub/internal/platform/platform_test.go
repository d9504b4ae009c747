package platform_test

import (
	"bytes"
	"context"
	"errors"
	"time"

	"code.cloudfoundry.org/clock/fakeclock"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/catalog"
	catalogsample "cert-health/hub/internal/catalog/sample"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/fleet/sample"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/platform"
	"cert-health/internal/report"
	"cert-health/internal/survey"
	"cert-health/internal/survey/wire"
)

// world is what a service looks at.
type world struct {
	fleet   *fleet.View
	catalog *catalog.View
	reports sample.Stored
	failure error
	clock   *fakeclock.FakeClock
	*platform.Service
}

func newWorld(vms int) *world {
	w := &world{fleet: sample.View(vms), catalog: sample.Catalog(), reports: sample.Reports(vms), clock: fakeclock.NewFakeClock(sample.Now())}
	w.Service = platform.New(platform.Options{Reports: w, Fleet: func() *fleet.View { return w.fleet }, Catalog: func() *catalog.View { return w.catalog }, Clock: w.clock})
	return w
}

func (w *world) Report(ctx context.Context, key inventory.InstanceKey) (*report.Report, error) {
	if w.failure != nil {
		return nil, w.failure
	}
	return w.reports.Report(ctx, key)
}

// survey is the survey as it is made in memory.
func (w *world) survey() *survey.Survey {
	GinkgoHelper()
	made, err := w.Survey(context.Background())
	Expect(err).NotTo(HaveOccurred())
	return made
}

// written is the survey as it is written and read.
func (w *world) written(q platform.Query) *survey.Survey {
	GinkgoHelper()
	var out bytes.Buffer
	Expect(w.Write(context.Background(), &out, q)).To(Succeed())
	read, err := wire.Read(&out)
	Expect(err).NotTo(HaveOccurred())
	return read
}

var _ = Describe("a survey of the platform", func() {
	It("is the same in memory and in lines", func() {
		w := newWorld(60)
		made, read := w.survey(), w.written(platform.Query{})
		var one, other bytes.Buffer
		Expect(wire.Write(&one, made)).To(Succeed())
		Expect(wire.Write(&other, read)).To(Succeed())
		Expect(other.String()).To(Equal(one.String()))
	})

	It("has the standing of each instance, and says which are not seen", func() {
		made := newWorld(60).survey()
		standings := map[string]int{}
		for _, i := range made.Instances {
			standings[i.Standing]++
		}
		Expect(standings).To(Equal(map[string]int{survey.Reporting: 56, "missing": 1, "silent": 1, "stopped": 1, "ignored": 1}))
		Expect(made.Blind).To(ContainElement("4 instances are not seen now (1 silent, 1 missing, 1 stopped, 1 ignored): only their last reports are known"))
	})

	It("has what Vault holds now, and what is in files and processes", func() {
		made := newWorld(3).survey()
		var rep *survey.Secret
		for _, s := range made.Secrets {
			if s.Path == "secret/cf/diego/rep" {
				rep = s
			}
		}
		Expect(rep).To(And(HaveField("Store", "Vault"), HaveField("Key", "certificate"), HaveField("Version", 2), HaveField("Since", BeTemporally("==", sample.Renewed()))))
		Expect(rep.Certificates).To(HaveLen(1))
		with := func(c *survey.Certificate) (n int) {
			for _, i := range made.Instances {
				n += min(1, len(i.Of(c)))
			}
			return n
		}
		Expect(with(rep.Certificates[0])).To(Equal(2), "diego-api and one of two cells")
	})

	It("has the instances of some deployments only, if it is asked for them", func() {
		read := newWorld(60).written(platform.Query{Deployments: []string{"mysql"}})
		Expect(read.Instances).To(HaveLen(3))
		Expect(read.Instances).To(HaveEach(HaveField("Deployment", "mysql")))
		Expect(read.Blind).NotTo(ContainElement(ContainSubstring("silent")))
	})

	It("reads only the reports that have changed, and is made again when it is old", func() {
		w := newWorld(3)
		first := w.survey()
		w.fleet = sample.View(3)
		Expect(w.survey()).To(BeIdenticalTo(first), "the views change each second")
		w.clock.Increment(time.Minute)
		w.reports = sample.Stored{}
		second := w.survey()
		Expect(second).NotTo(BeIdenticalTo(first))
		Expect(second.Instances).To(Equal(first.Instances), "no report has changed")
		in := sample.Input(3)
		for key, head := range in.Reporting {
			head.Received = head.Received.Add(time.Minute)
			in.Reporting[key] = head
		}
		w.fleet = fleet.New(in)
		w.clock.Increment(time.Minute)
		third := w.survey()
		Expect(third.Instances).To(HaveEach(HaveField("Places", BeEmpty())))
		Expect(third.Blind).To(ContainElement(ContainSubstring("the stored reports of 3 instances cannot be read")))
	})

	It("says which source does not answer", func() {
		w := newWorld(0)
		w.catalog = catalogsample.View(40)
		Expect(w.survey().Blind).To(ContainElement(And(HavePrefix("the source old-vault is not seen in full: "), ContainSubstring("sealed"))))
	})

	It("says that no agent reports, and that no Director tells which VMs there are", func() {
		w := newWorld(0)
		w.fleet = nil
		Expect(w.survey().Blind).To(ContainElement("no agent reports to the hub: it does not see what is on VMs"))
		in := sample.Input(3)
		in.Known, in.Listed = false, nil
		w = newWorld(3)
		w.fleet = fleet.New(in)
		Expect(w.survey().Blind).To(ContainElement(HavePrefix("no Director tells the hub which VMs there are")))
	})

	It("ends with its context, and says so in its last line", func() {
		w := newWorld(3)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := w.Survey(ctx)
		Expect(err).To(MatchError(context.Canceled))
		var out bytes.Buffer
		Expect(w.Write(ctx, &out, platform.Query{})).To(MatchError(context.Canceled))
		_, err = wire.Read(&out)
		Expect(err).To(MatchError(ContainSubstring("not whole")))
	})

	It("bears a database that does not answer", func() {
		w := newWorld(3)
		w.failure = errors.New("the database does not answer")
		Expect(w.survey().Blind).To(ContainElement(ContainSubstring("cannot be read")))
		w.failure = nil
		w.clock.Increment(time.Minute)
		Expect(w.survey().Instances).To(HaveEach(HaveField("Places", Not(BeEmpty()))))
	})
})
