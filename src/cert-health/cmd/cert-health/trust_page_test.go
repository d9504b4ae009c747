//go:build !vm

package main

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/trust"
)

var _ = DescribeTable("a matrix in a sentence", func(counts map[trust.Status]int, sentence string) {
	Expect(trustSentence(&trust.Matrix{Counts: counts})).To(Equal(sentence))
},
	Entry("nothing", nil, "No connection is seen with both its ends."),
	Entry("one that is trusted", map[trust.Status]int{trust.Trusted: 1}, "The only connection is trusted."),
	Entry("two that are trusted", map[trust.Status]int{trust.Trusted: 2}, "All 2 connections are trusted."),
	Entry("one that is refused", map[trust.Status]int{trust.Expired: 1}, "1 of 1 connection is refused, and 0 cannot be decided."),
	Entry("one of several", map[trust.Status]int{trust.Expired: 1, trust.Unknown: 1}, "1 of 2 connections is refused, and 1 cannot be decided."),
	Entry("several", map[trust.Status]int{trust.Expired: 2, trust.Unknown: 1}, "2 of 3 connections are refused, and 1 cannot be decided."),
)
