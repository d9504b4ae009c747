package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publish"
)

var _ = Describe("the output of --watch", func() {
	var (
		out, err bytes.Buffer
		w        *watch
	)
	BeforeEach(func() {
		out.Reset()
		err.Reset()
		w = &watch{publishFlags: &publishFlags{format: "table", watch: true, console: console{out: &out, err: &err}}}
	})
	// round reports one more run, and returns the output.
	round := func(r *publish.Result, failure error) string {
		GinkgoHelper()
		out.Reset()
		err.Reset()
		Expect(w.report(r, failure)).To(Succeed())
		return err.String() + out.String()
	}
	quiet := &publish.Result{Secrets: 3, Published: 2}
	some := func(problems ...publish.Problem) *publish.Result {
		return &publish.Result{Secrets: 3, Published: 2, Problems: problems}
	}

	It("writes the result of the first run, and then only changes", func() {
		Expect(round(quiet, nil)).To(ContainSubstring("3 secrets"))
		Expect(round(quiet, nil)).To(BeEmpty())
		Expect(round(&publish.Result{Changes: []publish.Change{{Path: "a", Version: 2}}}, nil)).To(ContainSubstring("1 published"))
		Expect(round(&publish.Result{IndexWrites: 1}, nil)).To(ContainSubstring("1 part written"))
		Expect(round(quiet, nil)).To(BeEmpty())
	})

	It("contains a problem when it begins, when it changes and when it ends", func() {
		a, b := publish.Problem{Path: "a", Reason: "x"}, publish.Problem{Path: "b", Reason: "x"}
		Expect(round(some(a), nil)).To(ContainSubstring("not published: a: x"))
		Expect(round(some(a), nil)).To(BeEmpty())
		Expect(round(some(a, b), nil)).To(ContainSubstring("not published: b: x"))
		Expect(round(some(a, b), nil)).To(BeEmpty())
		Expect(round(some(), nil)).To(And(ContainSubstring("3 secrets"), Not(ContainSubstring("not published"))))
		Expect(round(some(), nil)).To(BeEmpty())
	})

	It("reports once that nothing can be published, and when publishing works again", func() {
		client, failure := client.New(client.Options{Address: "http://127.0.0.1:1", Auth: client.Auth{Token: secret.New("x")}})
		Expect(failure).NotTo(HaveOccurred())
		fault := client.Authenticate(context.Background())
		for _, failures := range [][]error{
			{errors.New("away"), errors.New("away")},
			{&publish.NothingError{Problem: publish.Problem{Path: "a", Reason: "away"}}, &publish.NothingError{Problem: publish.Problem{Path: "b", Reason: "away"}, More: 3}},
			{fmt.Errorf("%w; tried again after 12:00:00 UTC", fault), fmt.Errorf("%w; tried again after 12:05:00 UTC", fault)},
		} {
			Expect(round(nil, failures[0])).To(And(ContainSubstring(failures[0].Error()), MatchRegexp(`^\S+Z cert-health: `)))
			Expect(round(nil, failures[1])).To(BeEmpty())
			Expect(round(nil, errors.New("something else"))).To(ContainSubstring("something else"))
			Expect(round(quiet, nil)).To(And(ContainSubstring("publishing again"), ContainSubstring("3 secrets")))
			Expect(round(quiet, nil)).To(BeEmpty())
		}
	})

	It("has a time before each line", func() {
		lines := strings.Split(strings.TrimSpace(round(some(publish.Problem{Path: "a", Reason: "x"}, publish.Problem{Path: "b", Reason: "y"}), nil)), "\n")
		Expect(lines).To(HaveLen(3))
		Expect(lines).To(HaveEach(MatchRegexp(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ `)))
	})
})
