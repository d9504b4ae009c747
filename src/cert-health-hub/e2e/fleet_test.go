package e2e_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/api"
	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/fleet/sample"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/people"
)

// site is the API over a fleet in memory, with a real database and a real token.
type site struct {
	fleet *fleet.View
	url   string
	token string
}

func serve(view *fleet.View) *site {
	GinkgoHelper()
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	store := must(db.Open(ctx, "sqlite:"+filepath.Join(GinkgoT().TempDir(), "hub.db"), log))
	DeferCleanup(store.Close)
	Expect(store.Migrate(ctx)).To(Succeed())
	known := must(people.New(people.Config{Options: people.Default(), Store: store, Sessions: store.Sessions(time.Now), ExternalURL: "https://hub.example.com", Log: log, Now: time.Now}))
	Expect(store.AddUser(ctx, db.User{Name: "ann", Hash: []byte("x"), Role: string(people.Viewer), Created: time.Now()})).To(Succeed())
	_, issued, err := known.NewToken(ctx, people.Person{Name: "ann", Role: people.Viewer}, "of the spec", people.Viewer, time.Now().Add(time.Hour))
	Expect(err).NotTo(HaveOccurred())
	s := &site{fleet: view, token: issued.Token}
	stores := sample.Catalog()
	server := httptest.NewServer(api.New(api.Options{View: func() *catalog.View { return stores }, Fleet: func() *fleet.View { return s.fleet },
		Store: store, People: known, Version: "1.2.3", Now: time.Now, Log: log}))
	DeferCleanup(server.Close)
	s.url = server.URL
	return s
}

// run runs the program cert-health at a terminal of the usual width.
func (s *site) run(args ...string) outcome {
	GinkgoHelper()
	var out, err strings.Builder
	command := exec.Command(filepath.Join(programs, "cert-health"), args...)
	command.Env = []string{"HOME=" + GinkgoT().TempDir(), "COLUMNS=80", "CERT_HEALTH_HUB=" + s.url, "CERT_HEALTH_HUB_TOKEN=" + s.token}
	command.Stdout, command.Stderr = &out, &err
	_ = command.Run()
	return outcome{command.ProcessState.ExitCode(), out.String(), err.String()}
}

var _ = Describe("an operator in the incident", func() {
	It("asks which cells still have the old certificates, and what to type", func() {
		s := serve(sample.View(102))
		o := s.run("fleet")
		Expect(o.code).To(Equal(1), o.err)
		lines := strings.Split(o.out, "\n")
		Expect(lines[0]).To(HavePrefix("  critical  13 certificates expired on "))
		Expect(o.out).To(And(ContainSubstring("bosh -d cf deploy"), ContainSubstring("awaiting deploy  rep"), ContainSubstring("stopped at diego-cell/")))
		for _, line := range lines {
			if !strings.Contains(line, "bosh ") { // a command is not cut
				Expect(utf8.RuneCountInString(line)).To(BeNumerically("<=", 80), line)
			}
		}

		row := s.fleet.Rows()[0]
		for _, word := range []string{row.ID, row.Name, row.Store, row.Current.Fingerprint[:12]} {
			o = s.run("fleet", word)
			Expect(o.code).To(Equal(1), o.err)
			Expect(o.out).To(And(HavePrefix(row.Name+" in cf: awaiting deploy\n"), ContainSubstring(row.ID), ContainSubstring(row.Groups[1].Laggards[0].Name)), word)
		}
		o = s.run("show", row.Current.Fingerprint[:12])
		Expect(o.code).To(Equal(1), o.err)
		Expect(o.out).To(ContainSubstring("On the instances of cf: awaiting deploy"))

		laggard := row.Groups[1].Laggards[0]
		_, group, id := laggard.Key.Parts()
		for _, word := range []string{string(laggard.Key), group + "/" + id, laggard.Name} {
			o = s.run("instances", word)
			Expect(o.code).To(Equal(1), o.err)
			Expect(o.out).To(And(HavePrefix(string(laggard.Key)+": reporting\n"), ContainSubstring("awaiting deploy  rep")), word)
		}
		o = s.run("instances", "--standing", "silent", "--standing", "missing")
		Expect(o.code).To(Equal(1), o.err)
		Expect(strings.Count(o.out, "diego-cell")).To(Equal(2))
	})

	It("gets the same as JSON and CSV, with the same exit code", func() {
		s := serve(sample.View(60))
		var document struct {
			Message string
			Rows    []struct{ ID string }
		}
		o := s.run("fleet", "--format", "json")
		Expect(json.Unmarshal([]byte(o.out), &document)).To(Succeed())
		Expect(document.Message).To(Equal(s.fleet.Summary().Sentence))
		Expect(document.Rows).To(HaveLen(s.fleet.Summary().Certificates))
		for _, args := range [][]string{{"fleet"}, {"instances"}, {"fleet", "rep"}} {
			o := s.run(append(args, "--format", "csv")...)
			Expect(o.code).To(Equal(1), o.err)
			table, err := csv.NewReader(strings.NewReader(o.out)).ReadAll()
			Expect(err).NotTo(HaveOccurred())
			Expect(len(table)).To(BeNumerically(">", 1))
		}
	})

	It("never gets an escape sequence of another on the terminal", func() {
		in := sample.Input(10)
		in.Listed = append(in.Listed, inventory.Listed{Deployment: "x\x1b[2J", Group: "\u202eevil\r", ID: "1\x07", AZ: "\x9b31m", Expected: true, VM: true, State: "started"})
		s := serve(fleet.New(in))
		for _, args := range [][]string{{"fleet"}, {"fleet", "--all"}, {"instances"}, {"instances", "x/y"}, {"instances", "--format", "csv"}, {"fleet", "--format", "json"}, {"instances", "--format", "json"}} {
			o := s.run(args...)
			Expect(o.code).NotTo(Equal(0), "%v", args)
			Expect(strings.ContainsAny(o.out+o.err, "\x1b\x07\u009b\u202e\r")).To(BeFalse(), "%v: %q", args, o.out)
		}
	})

	It("gets 0 when all is well, and 2 when the hub cannot tell", func() {
		s := serve(sample.View(60))
		Expect(s.run("fleet", "--deployment", "mysql").code).To(Equal(0))
		Expect(s.run("instances", "--deployment", "mysql").code).To(Equal(0))
		o := s.run("fleet", "--deployment", "mysqll")
		Expect(o.code).To(Equal(2))
		Expect(o.err).To(ContainSubstring(`did you mean "mysql"?`))
		s.fleet = fleet.New(fleet.Input{Now: sample.Now()})
		for _, args := range [][]string{{"fleet"}, {"fleet", "rep"}, {"instances"}, {"instances", "a/b"}} {
			Expect(s.run(args...).code).To(Equal(2), "%v", args)
		}
	})
})
