package corpus_test

import (
	"crypto/tls"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// result is the verdict on the log of one side of one contact.
type result struct {
	program string
	said    side
	fault   fault
	version uint16
	verdict verdict
}

// score counts results. Logs that say nothing about certificates do not count.
type score struct{ logs, right, accused int }

func (s *score) add(r result) {
	if r.verdict != silent {
		s.logs++
	}
	switch r.verdict {
	case right:
		s.right++
		s.accused++
	case wrong:
		s.accused++
	}
}

func percent(part, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprint(100 * part / of)
}

// collected are the results of all pairs.
type collected struct {
	mu   sync.Mutex
	list []result
}

var results collected

func (c *collected) add(r result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, r)
}

// sum counts the results that a function chooses.
func (c *collected) sum(chosen func(result) bool) (s score) {
	for _, r := range c.list {
		if chosen(r) {
			s.add(r)
		}
	}
	return s
}

// programs are the names of all programs, in the order of the pairs.
func programs() (names []string) {
	for _, p := range pairs() {
		for _, name := range []string{p.server.name, p.client.name} {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// troubles are the columns of the table.
func troubles() []trouble {
	return []trouble{expired, expiredCA, early, unknownCA, wrongName, missing, wrongUsage, wrongKey, revoked}
}

// table has the recall of each program in each trouble, for TLS 1.2 and 1.3, and the logs and the precision in all of them.
func (c *collected) table() string {
	var out strings.Builder
	out.WriteString("| program |")
	for _, t := range troubles() {
		fmt.Fprintf(&out, " %s |", t)
	}
	out.WriteString(" logs | recall | precision |\n|" + strings.Repeat(" --- |", len(troubles())+4) + "\n")
	row := func(name string, mine func(result) bool) {
		fmt.Fprintf(&out, "| %s |", name)
		for _, t := range troubles() {
			var cells []string
			for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
				s := c.sum(func(r result) bool { return mine(r) && r.fault.trouble == t && r.version == v })
				cells = append(cells, percent(s.right, s.logs))
			}
			fmt.Fprintf(&out, " %s |", strings.Join(cells, " / "))
		}
		all := c.sum(mine)
		fmt.Fprintf(&out, " %d | %s | %s |\n", all.logs, percent(all.right, all.logs), percent(all.right, all.accused))
	}
	for _, name := range programs() {
		row(name, func(r result) bool { return r.program == name })
	}
	row("all", func(result) bool { return true })
	return out.String()
}

// tableVariable names the file that gets the table.
const tableVariable = "CORPUS_TABLE"

var _ = AfterSuite(func() {
	if file := os.Getenv(tableVariable); file != "" {
		Expect(os.WriteFile(file, []byte(results.table()), 0o600)).To(Succeed())
	}
})
