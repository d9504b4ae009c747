package plan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/plan"
	"cert-health/internal/verdict"
)

func sample() plan.Plan {
	return plan.Plan{
		Title: "Renew 1 certificate in Vault",
		Acts: []plan.Act{
			{Verb: "write", Target: "secret/ca", Changes: []plan.Change{{What: "serial", From: "11", To: "12"}}, Why: "the serial is taken before the certificate is signed"},
			{Verb: "renew", Target: "secret/rep", SignedBy: "secret/ca", UsedBy: []string{"cf cell/0 rep"}, Changes: []plan.Change{
				{What: "ends", From: "2026-01-01", To: "2027-01-01"},
				{What: "key", From: "RSA 2048", To: "RSA 2048"},
				{What: "names", To: "rep.cf.internal"},
				{What: "policy", From: "1.2.3"},
			}},
		},
		Warnings: []string{"KV version 1 has no compare-and-set"},
		After:    []string{"deploy cf"},
		Steps:    []verdict.Step{verdict.Run("bosh", "-d", "cf", "deploy", "my cf.yml"), verdict.Do("and wait")},
	}
}

var _ = Describe("a plan", func() {
	It("is shown to people", func() {
		var out bytes.Buffer
		Expect(sample().Write(&out, plan.Options{}.Style)).To(Succeed())
		Expect(out.String()).To(Equal(`Renew 1 certificate in Vault

1. write secret/ca
  serial    11 -> 12
  why       the serial is taken before the certificate is signed

2. renew secret/rep
  ends      2026-01-01 -> 2027-01-01
  key       RSA 2048 (stays)
  names     rep.cf.internal
  policy    1.2.3 (is removed)
  signed by secret/ca
  used by   cf cell/0 rep

  warning   KV version 1 has no compare-and-set

afterwards
            deploy cf
  next      bosh -d cf deploy 'my cf.yml'
            and wait
`))
	})

	It("names some of many users", func() {
		p := plan.Plan{Acts: []plan.Act{{Verb: "renew", Target: "x", UsedBy: strings.Split("a,b,c,d,e,f,g,h,i,j", ",")}}}
		var out bytes.Buffer
		Expect(p.Write(&out, plan.Options{}.Style)).To(Succeed())
		Expect(out.String()).To(ContainSubstring("a, b, c, d, e, f, g, h and 2 more"))
	})

	It("cannot give a terminal commands", func() {
		p := plan.Plan{Title: "x\x1b[2J", Acts: []plan.Act{{Verb: "renew", Target: "a\rb", Why: "\x1b]0;x\a"}}}
		var out bytes.Buffer
		Expect(p.Write(&out, plan.Options{}.Style)).To(Succeed())
		Expect(out.String()).NotTo(ContainSubstring("\x1b"))
		Expect(out.String()).NotTo(ContainSubstring("\r"))
	})
})

// asked is a confirmation.
type asked struct {
	proceed bool
	err     error
	out     string
}

func confirm(p plan.Plan, o plan.Options, typed string) asked {
	var out bytes.Buffer
	o.In, o.Out = strings.NewReader(typed), &out
	proceed, err := plan.Confirm(context.Background(), p, o)
	return asked{proceed, err, out.String()}
}

var _ = Describe("Confirm", func() {
	DescribeTable("asks on a terminal, and takes only a yes for a yes", func(typed string, proceed bool) {
		got := confirm(sample(), plan.Options{Terminal: true}, typed)
		Expect(got.proceed).To(Equal(proceed))
		Expect(got.out).To(HaveSuffix("and wait\n\nGo on? [y/N] "))
		if !proceed {
			Expect(got.err).To(MatchError(plan.ErrDeclined))
		}
	},
		Entry(nil, "y\n", true), Entry(nil, "YES\n", true), Entry(nil, " yes \r\n", true),
		Entry(nil, "\n", false), Entry(nil, "n\n", false), Entry(nil, "", false), Entry(nil, "yes please\n", false), Entry(nil, "ja\n", false),
	)

	It("refuses a pipe, whatever it says, after it has shown the plan", func() {
		got := confirm(sample(), plan.Options{}, "yes\n")
		Expect(got.proceed).To(BeFalse())
		Expect(got.err).To(MatchError(plan.ErrUnattended))
		Expect(got.out).To(HavePrefix("Renew 1 certificate"))
		Expect(got.out).NotTo(ContainSubstring("Go on?"))
	})

	It("goes on with --yes, without a question", func() {
		got := confirm(sample(), plan.Options{Yes: true}, "")
		Expect(got.proceed).To(BeTrue())
		Expect(got.err).NotTo(HaveOccurred())
		Expect(got.out).To(HavePrefix("Renew 1 certificate"))
		Expect(got.out).NotTo(ContainSubstring("Go on?"))
	})

	It("never goes on with --dry-run", func() {
		for _, o := range []plan.Options{{DryRun: true}, {DryRun: true, Yes: true}, {DryRun: true, Terminal: true}} {
			got := confirm(sample(), o, "yes\n")
			Expect(got.proceed).To(BeFalse())
			Expect(got.err).NotTo(HaveOccurred())
			Expect(got.out).To(HaveSuffix("\ndry run: nothing was changed\n"))
		}
	})

	It("has nothing to ask about a plan without acts", func() {
		got := confirm(plan.Plan{Title: "Nothing to renew"}, plan.Options{Yes: true}, "")
		Expect(got).To(Equal(asked{out: "Nothing to renew\n"}))
	})

	It("stops waiting when the command is interrupted", func() {
		ctx, interrupt := context.WithCancel(context.Background())
		interrupt()
		silent, end := io.Pipe()
		defer end.Close()
		_, err := plan.Confirm(ctx, sample(), plan.Options{Terminal: true, In: silent, Out: io.Discard})
		Expect(err).To(MatchError(plan.ErrDeclined))
	})

	Describe("for a program", func() {
		decoded := func(text string) (o plan.Outcome) {
			GinkgoHelper()
			decoder := json.NewDecoder(strings.NewReader(text))
			Expect(decoder.Decode(&o)).To(Succeed())
			Expect(decoder.More()).To(BeFalse(), "it is one document")
			return o
		}
		It("writes the plan of a dry run", func() {
			got := confirm(sample(), plan.Options{JSON: true, DryRun: true}, "")
			Expect(got.err).NotTo(HaveOccurred())
			Expect(decoded(got.out)).To(Equal(plan.Outcome{Plan: sample(), DryRun: true}))
		})
		It("asks for --yes even on a terminal", func() {
			got := confirm(sample(), plan.Options{JSON: true, Terminal: true}, "yes\n")
			Expect(got.err).To(MatchError(plan.ErrUnattended))
			Expect(decoded(got.out).Refused).NotTo(BeEmpty())
		})
		It("leaves the one document to the command with --yes", func() {
			got := confirm(sample(), plan.Options{JSON: true, Yes: true}, "")
			Expect(got).To(Equal(asked{proceed: true}))
		})
		It("writes a plan without acts", func() {
			got := confirm(plan.Plan{Title: "Nothing"}, plan.Options{JSON: true, Yes: true}, "")
			Expect(got.proceed).To(BeFalse())
			Expect(got.out).To(ContainSubstring(`"acts": []`))
		})
	})
})

var _ = Describe("an outcome", func() {
	It("failed if an act failed or was not begun", func() {
		Expect(plan.Outcome{Results: []plan.Result{{State: plan.Done}}}.Failed()).To(BeFalse())
		Expect(plan.Outcome{Results: []plan.Result{{State: plan.Done}, {State: plan.Failed}}}.Failed()).To(BeTrue())
		Expect(plan.Outcome{Results: []plan.Result{{State: plan.Untouched}}}.Failed()).To(BeTrue())
	})
})
