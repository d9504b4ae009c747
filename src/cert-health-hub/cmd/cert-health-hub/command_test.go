package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestCertHealthHub(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "cert-health-hub")
}

// outcome is the result of a command line.
type outcome struct {
	code     int
	out, err string
}

// call runs one command line in this process.
func call(args ...string) outcome { return callWith("", args...) }

// callWith does the same with standard input.
func callWith(input string, args ...string) outcome {
	var out, err bytes.Buffer
	code := run(context.Background(), args, console{in: strings.NewReader(input), out: &out, err: &err})
	return outcome{code, out.String(), err.String()}
}

// config writes a file for --config.
func config(text string) string {
	GinkgoHelper()
	file := filepath.Join(GinkgoT().TempDir(), "hub.yml")
	Expect(os.WriteFile(file, []byte(text), 0o600)).To(Succeed())
	return file
}

// hubConfig is a configuration with a database of its own, and more.
func hubConfig(more string) string {
	GinkgoHelper()
	return config("listen: {insecure: true, address: '127.0.0.1:0'}\ndatabase: {url: 'sqlite:" + filepath.Join(GinkgoT().TempDir(), "hub.db") + "'}\n" + more)
}

var _ = Describe("the command line", func() {
	It("prints help texts that fit 80 columns", func() {
		var paths [][]string
		for _, command := range newRoot(console{}).Commands() {
			paths = append(paths, []string{command.Name()})
			for _, sub := range command.Commands() {
				paths = append(paths, []string{command.Name(), sub.Name()})
			}
		}
		for _, path := range paths {
			o := call(append(path, "--help")...)
			Expect(o.code).To(Equal(exitOK))
			for line := range strings.Lines(o.out) {
				Expect(len(strings.TrimRight(line, "\n"))).To(BeNumerically("<=", 80), line)
			}
		}
	})

	It("prints its version", func() {
		Expect(call("version").out).To(HavePrefix("cert-health-hub dev (go"))
		Expect(call("--version")).To(Equal(call("version")))
	})

	DescribeTable("a mistake gives exit code 2 and a suggestion", func(said string, args ...string) {
		o := call(args...)
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(HavePrefix("cert-health-hub: "))
		Expect(o.err).To(ContainSubstring(said))
		Expect(o.out).To(BeEmpty())
	},
		Entry("a flag", "there is no flag --confg; did you mean --config?", "serve", "--confg", "x"),
		Entry("a command", `unknown command "serv"`, "serv"),
		Entry("a file that is not there", "read the configuration: there is no file /not/there: name one with --config FILE", "check", "--config", "/not/there"),
	)
})

var _ = Describe("check", func() {
	It("accepts a valid configuration", func() {
		o := call("check", "--config", config("listen: {insecure: true}"))
		Expect(o).To(Equal(outcome{exitOK, "the configuration is valid\n", ""}))
	})

	It("prints all problems, one a line, with exit code 1", func() {
		o := call("check", "--config", config("listen: {insecure: true}\ndrain_time: 1h\ndatabase: {url: s3cr3t}\n"))
		Expect(o.code).To(Equal(exitProblems))
		Expect(strings.Split(strings.TrimSpace(o.err), "\n")).To(HaveExactElements(HavePrefix("drain_time "), HavePrefix("database.url ")))
		Expect(o.err).NotTo(ContainSubstring("s3cr3t"))
	})
})

var _ = Describe("serve", func() {
	It("refuses an invalid configuration", func() {
		o := call("serve", "--config", config("listen: {insecure: true}\ndrain_time: 1h\n"))
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(ContainSubstring("drain_time must be at most 15s"))
	})

	It("ends with exit code 0 when it is told to", func() {
		ctx, stop := context.WithCancel(context.Background())
		stop()
		var out, err bytes.Buffer
		code := run(ctx, []string{"serve", "--config", hubConfig("")}, console{out: &out, err: &err})
		Expect(code).To(Equal(exitOK), err.String())
	})
})

var _ = Describe("migrate", func() {
	It("makes the tables, and changes nothing the second time", func() {
		file := hubConfig("")
		for range 2 {
			Expect(call("migrate", "--config", file)).To(Equal(outcome{exitOK, "the database is up to date\n", ""}))
		}
	})

	It("tells why the database cannot be opened", func() {
		o := call("migrate", "--config", config("listen: {insecure: true}\ndatabase: {url: 'sqlite:/not/there/hub.db'}\n"))
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(ContainSubstring("make its directory"))
	})
})

var _ = Describe("notify", func() {
	const rule = "notifications: {channels: [{name: team, slack: {url: 'https://hooks.example/s3cr3t'}}], rules: [{name: daily, on_change: true, channels: [team]}]}\n"

	It("prints what a rule would send, and sends nothing", func() {
		file := hubConfig(rule)
		Expect(call("migrate", "--config", file).code).To(Equal(exitOK))
		o := call("notify", "--rule", "daily", "--dry-run", "--config", file)
		Expect(o).To(Equal(outcome{exitOK, "The rule daily would send nothing now: 0 open, and nothing is new.\n", ""}))
	})

	DescribeTable("refuses", func(said string, args ...string) {
		file := hubConfig(rule)
		Expect(call("migrate", "--config", file).code).To(Equal(exitOK))
		o := call(append([]string{"notify", "--config", file}, args...)...)
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(ContainSubstring(said))
		Expect(o.err).NotTo(ContainSubstring("s3cr3t"))
	},
		Entry("to send", "only --dry-run is possible", "--rule", "daily"),
		Entry("no rule", "--rule NAME is missing", "--dry-run"),
		Entry("an unknown rule", `there is no rule "weekly"; the rules are daily`, "--rule", "weekly", "--dry-run"),
	)
})

var _ = Describe("user", func() {
	const password = "correct horse battery"

	It("adds, lists, changes and removes users, and shows no password", func() {
		file := hubConfig("")
		add := func(input string, args ...string) outcome {
			return callWith(input, append([]string{"user", "add", "alice", "--config", file}, args...)...)
		}
		Expect(add(password+"\n", "--role", "operator")).To(Equal(outcome{exitOK, "alice: added the user with the role operator\n", ""}))
		o := add(password + "\n")
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(ContainSubstring(`there is a user "alice" already: --replace changes`))
		Expect(add("another long password", "--replace").out).To(Equal("alice: changed the user with the role viewer\n"))
		list := call("user", "list", "--config", file)
		Expect(list.out).To(MatchRegexp(`(?m)^NAME +ROLE +CREATED$\nalice +viewer +20..-..-..$`))
		Expect(call("user", "remove", "alice", "--config", file).out).To(Equal("alice: removed the user\n"))
		Expect(call("user", "remove", "alice", "--config", file).err).To(ContainSubstring(`there is no user "alice"`))
	})

	DescribeTable("refuses", func(input, said string, args ...string) {
		o := callWith(input, append([]string{"user", "add", "--config", hubConfig("")}, args...)...)
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(ContainSubstring(said))
		Expect(o.err).NotTo(ContainSubstring("hunter2"))
	},
		Entry("a short password", "hunter2\n", "the password must have at least 12 characters", "alice"),
		Entry("no password", "", "standard input has no password", "alice"),
		Entry("a role", password+"\n", `--role must be one of viewer, operator; did you mean "viewer"?`, "alice", "--role", "viewr"),
		Entry("no name", password+"\n", "the name of one user is needed"),
		Entry("a name that is not visible", password+"\n", "the name of a user must have", " "),
	)
})

var _ = Describe("import-doomsday", func() {
	It("writes a configuration that check accepts, and notes beside it", func() {
		o := call("import-doomsday", config("backends: [{type: tlsclient, name: sites, properties: {hosts: [example.com]}}]\nserver: {auth: {type: userpass, properties: {username: admin, password: s3cr3t}}}\n"))
		Expect(o.code).To(Equal(exitOK))
		Expect(o.err).To(ContainSubstring("cert-health-hub user add"))
		Expect(o.out + o.err).NotTo(ContainSubstring("s3cr3t"))
		Expect(call("check", "--config", config(o.out))).To(Equal(outcome{exitOK, "the configuration is valid\n", ""}))
	})

	It("wants a file", func() {
		Expect(call("import-doomsday").err).To(ContainSubstring("the name of one file is needed"))
		Expect(call("import-doomsday", "/not/there").code).To(Equal(exitFailed))
	})
})
