package explain_test

import (
	"fmt"
	"io"
	"strings"
	"testing/iotest"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/explain"
	"cert-health/internal/knowledge"
)

// endless is a file without an end.
type endless byte

func (e endless) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = byte(e)
	}
	return len(into), nil
}

var _ = Describe("a reader of logs", func() {
	known, err := knowledge.LoadSymptoms("")
	words := explain.NewVocabulary(known)
	BeforeEach(func() { Expect(err).NotTo(HaveOccurred()) })
	const line = "remote error: tls: expired certificate"

	It("counts each line once, wherever blocks begin and end", func() {
		var log strings.Builder
		for n := range 20_000 {
			fmt.Fprintf(&log, "%s %s\n", strings.Repeat("x", n%200), line)
		}
		for name, reader := range map[string]io.Reader{"whole": strings.NewReader(log.String()), "halves": iotest.HalfReader(strings.NewReader(log.String()))} {
			r := explain.NewReader(words, 3)
			Expect(r.Read(GinkgoT().Context(), "", reader)).To(Succeed())
			s := r.Sightings()
			Expect(s.Groups).To(HaveExactElements(HaveValue(HaveField("Lines", 20_000))), name)
			Expect(s.Lines).To(BeEquivalentTo(20_000), name)
			Expect(s.Bytes).To(BeEquivalentTo(log.Len()), name)
		}
	})

	It("finds words in lines that are longer than a block, each once", func() {
		for _, at := range []int{1000, 256<<10 - 3000, 256<<10 - 20, 256 << 10, 600_000} {
			text := strings.Repeat("y", at) + " " + line + " " + strings.Repeat("z", 700_000-at) + "\nshort\n"
			s := read(words, "", text)
			Expect(s.Groups).To(HaveExactElements(HaveValue(HaveField("Lines", 1))), "at %d", at)
			Expect(s.Long).To(Equal(1))
			Expect(s.Lines).To(BeEquivalentTo(2))
		}
	})

	It("gives up on what has no lines or is binary, and keeps what it has read", func() {
		r := explain.NewReader(words, 1)
		Expect(r.Read(GinkgoT().Context(), "", io.MultiReader(strings.NewReader(line+"\n"), endless('x')))).To(MatchError(explain.ErrEndless))
		Expect(r.Read(GinkgoT().Context(), "", endless(0))).To(MatchError(explain.ErrBinary))
		Expect(r.Read(GinkgoT().Context(), "", io.MultiReader(strings.NewReader(line+"\n"), iotest.ErrReader(io.ErrUnexpectedEOF)))).To(MatchError(io.ErrUnexpectedEOF))
		Expect(r.Sightings().Groups[0].Lines).To(Equal(2))
	})

	It("bounds what it keeps of lines with ever other peers", func() {
		var log strings.Builder
		for n := range 50_000 {
			fmt.Fprintf(&log, "Get \"https://host-%d.example:443/\": %s\n", n, line)
			fmt.Fprintf(&log, "tls: strange error %c%c%c of a handshake\n", 'a'+n%26, 'a'+n/26%26, 'a'+n/676%26)
		}
		s := read(words, "", log.String())
		Expect(len(s.Groups)).To(BeNumerically("<=", 2001))
		lines := 0
		for _, g := range s.Groups {
			lines += g.Lines
		}
		Expect(lines).To(Equal(50_000))
		Expect(s.Merged).To(BeNumerically(">=", 48_000-1))
		Expect(s.Unlisted + len(s.Unread)).To(BeNumerically(">", 200))
		Expect(len(s.Unread)).To(BeNumerically("<=", 200))
	})

	It("takes the job from the headers of tail, and the instance from bosh ssh and syslog", func() {
		s := read(words, "", "==> /var/vcap/sys/log/rep/rep.stdout.log <==\n"+line+"\n\n==> /var/vcap/sys/log/bbs/bbs.stdout.log <==\n"+line+"\n")
		Expect(s.Groups).To(HaveExactElements(HaveValue(HaveField("Job", "bbs")), HaveValue(HaveField("Job", "rep"))))
		s = read(words, "", "diego-cell/3f2a: stdout | /var/vcap/sys/log/rep/x.log: "+line)
		Expect(s.Groups[0].Instances).To(HaveExactElements("diego-cell/3f2a"))
		s = read(words, "", `<14>1 2026-11-27T04:00:00Z 10.0.1.7 rep rs2 - [instance@47450 deployment="cf" group="diego-cell" az="z1" id="3f2a"] `+line)
		Expect(s.Groups[0]).To(HaveValue(And(HaveField("Job", "rep"), HaveField("Instances", HaveExactElements("diego-cell/3f2a")))))
	})

	It("keeps no secret of a line that it does not understand", func() {
		s := read(words, "", "tls: strange error: password=hunter2 token: aGVsbG8gd29ybGQhISEhIQ Authorization: Bearer s3cr3tt0ken https://me:pw99@host/ certificate\n")
		Expect(s.Unread).To(HaveLen(1))
		for _, secret := range []string{"hunter2", "aGVsbG8", "s3cr3t", "pw99"} {
			Expect(s.Unread[0].Text).NotTo(ContainSubstring(secret))
		}
	})

	It("does not count lines that only name certificates", func() {
		s := read(words, "", "loading certificate /var/vcap/jobs/rep/config/certs/tls.crt\nhandshake complete\n")
		Expect(s.Groups).To(BeEmpty())
		Expect(s.Unread).To(BeEmpty())
	})
})
