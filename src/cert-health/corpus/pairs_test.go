package corpus_test

import (
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// pair is a server and a client that meet in the corpus.
type pair struct{ server, client program }

// pairs are those of the corpus: each program with itself, with Go, and with others that it meets on a platform.
func pairs() []pair {
	rpc := goGRPC()
	return []pair{
		{netHTTP(), netHTTP()}, {rpc, rpc},
		{openSSL(), openSSL()}, {openSSL(), netHTTP()}, {netHTTP(), openSSL()},
		{nginx(), netHTTP()}, {netHTTP(), nginx()}, {nginx(), curl()}, {netHTTP(), curl()}, {nginx(), ruby()}, {nginx(), nginx()},
		{haproxy(), netHTTP()}, {netHTTP(), haproxy()},
		{node(), node()}, {node(), netHTTP()}, {netHTTP(), node()},
		{ruby(), ruby()}, {ruby(), netHTTP()}, {netHTTP(), ruby()},
		{java(), java()}, {java(), netHTTP()}, {netHTTP(), java()},
		{postgreSQL(), postgreSQL()}, {mariaDB(), mariaDB()}, {natsServer(), natsServer()},
	}
}

// meet lets the programs meet in all faults that they look for.
func (p pair) meet() []*contact {
	GinkgoHelper()
	for _, one := range []program{p.server, p.client} {
		for name, debian := range one.needs {
			path(name, debian)
		}
	}
	all := contacts(func(f fault) bool {
		verifier := p.server
		if f.of == server {
			verifier = p.client
		}
		return !slices.Contains(verifier.blind, f)
	})
	stop := p.server.serve(all)
	p.client.call(slices.DeleteFunc(slices.Clone(all), func(c *contact) bool { return c.absent }))
	stop()
	for _, c := range all {
		for _, t := range c.said {
			t.strip(c)
		}
	}
	return all
}

// strip makes paths look as on the VM.
func (t *transcript) strip(c *contact) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.NewReplacer(c.server.root, "", c.client.root, "").Replace(t.text.String())
	t.text.Reset()
	t.text.WriteString(text)
}

var _ = Describe("the corpus", func() {
	for _, p := range pairs() {
		It("leads to the certificate at fault: "+p.server.name+" is the server of "+p.client.name, func() {
			for _, c := range p.meet() {
				for of, program := range map[side]program{server: p.server, client: p.client} {
					log := c.said[of].String()
					v := judge(c, explained(c, of, log))
					results.add(result{program.name, of, c.fault, c.version, v})
					if v != right && v != silent && !(v == unnamed && program.vague) {
						AddReportEntry(string(v)+": "+c.String(), log)
						Fail(string(v) + ": what " + program.name + " says as a " + string(of) + " about " + c.String())
					}
					for line := range strings.Lines(log) {
						Expect(judge(c, explained(c, of, line))).NotTo(Equal(wrong), "%s: %s", c, line)
					}
				}
			}
		})
	}
})
