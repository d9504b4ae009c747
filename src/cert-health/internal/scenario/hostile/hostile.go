// Package hostile makes files that cost much work to read and to judge. The
// benchmark measures that work, and the tests of the budgets use the same files.
package hostile

import (
	"fmt"
	"math/big"
	"strings"

	"cert-health/internal/scenario"
)

// Input is a set of files that a job of the VM has.
type Input struct {
	Name string
	Make func() scenario.Files
}

// Inputs are attacks, each of which was once too expensive.
func Inputs() []Input {
	return []Input{
		{"an RSA CA of 2,000,000 bits and one leaf", func() scenario.Files { return LongKey(2_000_000) }},
		{"90,000 names of a leaf, 90,000 name constraints of its CA", func() scenario.Files { return Constraints(90_000) }},
		{"1,000 leaves, 1,000 CAs of one name", func() scenario.Files { return OneName(1_000) }},
		{"2,000 leaves, 2,000 CAs of one name", func() scenario.Files { return OneName(2_000) }},
		{"2,000 certificates of one serial number, 100 CAs", func() scenario.Files { return OneSerial(2_000, 100) }},
		{"100 key stores of 1 KB, 4,800,000 iterations each", func() scenario.Files { return KeyStores(100) }},
		{"105,000 certificates in one job (36 MB)", func() scenario.Files { return Certificates(105_000) }},
	}
}

// Constraints is a leaf with n names, and its CA, which excludes n others. No name is
// excluded, so that each must be compared with each.
func Constraints(n int) scenario.Files {
	names := func(suffix string) (list []string) {
		for i := range n {
			list = append(list, big.NewInt(int64(i)).Text(36)+suffix)
		}
		return list
	}
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Excluded: names(".b")})
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", SANs: names(".a"), Issuer: ca})
	return scenario.Files{"config/leaf.pem": leaf.CertPEM(), "config/ca.pem": ca.CertPEM()}
}

// OneName is n leaves and n CAs with the name of their issuer, none of which signed one of
// them.
func OneName(n int) scenario.Files {
	issuer := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	var leaves, cas strings.Builder
	for i := range n {
		leaf := scenario.Issue(scenario.Spec{CommonName: fmt.Sprintf("leaf-%d", i), Issuer: issuer, Unlinked: true})
		leaves.WriteString(leaf.CertPEM())
		cas.WriteString(scenario.Issue(scenario.Spec{CommonName: "ca", CA: true}).CertPEM())
	}
	return scenario.Files{"config/leaves.pem": leaves.String(), "config/cas.pem": cas.String()}
}

// OneSerial is n certificates with one issuer and serial number, and CAs with that issuer's
// name, none of which signed one of them.
func OneSerial(n, cas int) scenario.Files {
	issuer := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	files := scenario.Files{}
	for i := range n {
		leaf := scenario.Issue(scenario.Spec{CommonName: fmt.Sprintf("leaf-%d", i), Serial: 1, Issuer: issuer, Unlinked: true})
		files[fmt.Sprintf("config/%d.pem", i)] = leaf.CertPEM()
	}
	var list strings.Builder
	for range cas {
		list.WriteString(scenario.Issue(scenario.Spec{CommonName: "ca", CA: true}).CertPEM())
	}
	files["config/cas.pem"] = list.String()
	return files
}
