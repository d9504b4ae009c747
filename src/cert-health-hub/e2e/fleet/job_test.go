package fleet_test

import (
	"encoding/json"
	"os"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

const projectRoot = "../../../.."

// install renders the job cert-health as the Director does, installs it, and starts it under monit.
func (v *vm) install(properties map[string]any) {
	GinkgoHelper()
	encode := func(value any) string { return string(must(json.Marshal(value))) }
	run(programs+"/render", "-job", projectRoot+"/jobs/cert-health", "-out", v.path("/var/vcap/jobs/cert-health"),
		"-properties", encode(map[string]any{"cert_health": properties}),
		"-instance", encode(map[string]any{"name": v.group, "id": v.id, "az": v.az, "deployment": "cf", "address": v.address}))
	run("chgrp", "-R", vcap, v.path("/var/vcap/jobs/cert-health"))
	program := must(os.ReadFile(programs + "/cert-health"))
	Expect(os.WriteFile(v.path("/var/vcap/packages/cert-health/bin/cert-health"), program, 0o755)).To(Succeed())
	v.run("/var/vcap/jobs/cert-health/bin/pre-start")
	v.startMonit()
}

// startMonit starts the real monit with the rendered checks and a cycle of one second.
func (v *vm) startMonit() {
	GinkgoHelper()
	checks := must(os.ReadFile(v.path("/var/vcap/jobs/cert-health/monit")))
	Expect(os.WriteFile(v.path("/var/vcap/monit/cert-health.monitrc"), checks, 0o600)).To(Succeed())
	Expect(os.WriteFile(v.path(monitRC), []byte(`set daemon 1
set logfile /var/vcap/monit/log
set idfile /var/vcap/monit/id
set statefile /var/vcap/monit/state
set pidfile /var/vcap/monit/pid
set httpd port 2822 and use address 127.0.0.1
  allow 127.0.0.1
include /var/vcap/monit/*.monitrc
`), 0o700)).To(Succeed())
	v.run("monit", "-c", monitRC)
}

const monitRC = "/var/vcap/monit/monitrc"

// summary is what monit summary prints.
func (v *vm) summary() string {
	out, err := v.in("monit", "-B", "-c", monitRC, "summary").Output()
	if err != nil {
		out, _ = v.in("monit", "-c", monitRC, "summary").Output()
	}
	return string(out)
}

// check is the line of a check in monit summary.
func (v *vm) check(name string) func() string {
	return func() string {
		for line := range strings.Lines(v.summary()) {
			if fields := strings.Fields(line); len(fields) > 0 && (fields[0] == name || len(fields) > 1 && fields[1] == "'"+name+"'") {
				return line
			}
		}
		return ""
	}
}
