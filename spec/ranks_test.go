package spec_test

import (
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// tower is a module whose packages are built upon each other.
type tower struct {
	directory string // of its internal packages
	prefix    string // of their import paths
	heading   string // of their table in CONTRIBUTING.md
	// rank orders the packages from the ground up: a package imports only packages of a lower rank.
	rank map[string]int
}

// towers are the modules of the product.
func towers() []tower {
	return []tower{
		{"src/cert-health/internal", "cert-health/internal/", "The packages of `internal/`", agentRanks()},
		{"src/cert-health-hub/internal", "cert-health/hub/internal/", "The packages of the hub", hubRanks()},
	}
}

func agentRanks() map[string]int {
	return map[string]int{
		// Nouns and tools: cert imports no package of ours.
		"atomicfile": 0, "cert": 0, "der": 0, "promtext": 0, "secret": 0, "budget": 1, "strict": 1,
		"publickey": 2, "knowledge": 2, "extract/found": 2, "extract/lenient": 2, "extract/dercert": 3, "scenario": 4, "scenario/vaulttest": 5, "scenario/hostile": 5, // scenario is for tests, demo and benchmarks
		// Certificates in files, and the verdict on them.
		"extract/text": 11, "extract/keystore": 12, "extract": 13, "splice": 14, "alert": 14, "credhub": 14, "credhub/renewal": 24, "verdict": 15, "issue": 16,
		// What is reported.
		"alert/mailbox": 20, "report": 21, "survey": 22, "rotation": 23, "plan": 23, "report/terminal": 22, "report/sample": 22, "survey/wire": 23, "trust": 23, // sample is for tests
		// Explanations.
		"explain": 24, "explain/logs": 0,
		// Sources of references, and receivers of notices.
		"reference": 30, "vault/client": 31, "vault/publication": 31, "vault/publish": 32, "vault/source": 32, "vault/keep": 32, "vault/validate": 32, "rotator": 35, "vault/order": 33, "notify": 30, "hubclient": 30, "uplink": 31, "uplink/source": 33, "uplink/uplinktest": 32, // uplinktest is for tests
		// One scan of one VM.
		"handshake": 39, "pairing": 40, "served": 40, "discover": 41, "metrics": 42, "config": 43, "check": 44, "repair": 42,
		// The loops.
		"agent": 50, "alerts/incident": 50, "alerts": 51,
	}
}

func hubRanks() map[string]int {
	return map[string]int{
		// The nouns, and servers of others that tests need.
		"inventory": 0, "standin": 0, "standin/uaa": 1, "standin/credhub": 2, "standin/opsman": 2, "standin/director": 2,
		// What is collected, kept and judged.
		"catalog": 10, "catalog/sample": 11, "db": 10, "db/dbtest": 11, "source/remote": 9, "source/sourcetest": 9, "source/vault": 10, "source/credhub": 10, "source/opsman": 10, "source/director": 10, "source/tls": 10, "collect": 20, "fleet": 12, "fleet/sample": 13, "watch": 21, "platform": 22, "platform/sample": 23, "ingest": 20,
		// What people see and get.
		"remind": 30, "answers": 30, "people": 31, "api": 40, "web": 41,
		// The program.
		"doomsday": 50, "settings": 50, "server": 60,
	}
}

// rows are the rows of the table below a heading of CONTRIBUTING.md that contain a package.
func rows(heading string) map[string]int {
	GinkgoHelper()
	_, text, found := strings.Cut(read("CONTRIBUTING.md"), "\n"+heading)
	Expect(found).To(BeTrue(), "CONTRIBUTING.md has no text that begins with %q", heading)
	table := regexp.MustCompile(`(?s)\n\n(\|.*?\n)\n`).FindStringSubmatch(text)
	Expect(table).NotTo(BeNil(), heading)
	row := map[string]int{}
	for i, line := range regexp.MustCompile("(?m)^\\| `.*?\\|").FindAllString(table[1], -1) {
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(line, -1) {
			row[name[1]] = i
		}
	}
	return row
}

var _ = Describe("the packages", func() {
	for _, t := range towers() {
		It("of "+t.directory+" import downwards only, and CONTRIBUTING.md lists them in that order", func() {
			row, packages := rows(t.heading), map[string]bool{}
			for path, file := range goFiles(t.directory) {
				if strings.HasSuffix(path, "_test.go") {
					continue
				}
				own := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../"+t.directory+"/")
				packages[own] = true
				Expect(t.rank).To(HaveKey(own), "%s: give the new package a rank, and a line in CONTRIBUTING.md", own)
				Expect(row).To(HaveKey(own), "%s: add a line to CONTRIBUTING.md", own)
				for _, spec := range file.Imports {
					if imported, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), t.prefix); ours {
						Expect(t.rank[imported]).To(BeNumerically("<", t.rank[own]), "%s imports %s", path, imported)
						Expect(row[imported]).To(BeNumerically(">=", row[own]), "CONTRIBUTING.md: %s imports %s", own, imported)
					}
				}
			}
			Expect(t.rank).To(HaveLen(len(packages)), "ranks of packages that do not exist")
			Expect(row).To(HaveLen(len(packages)), "CONTRIBUTING.md lists packages that do not exist")
		})
	}
})
