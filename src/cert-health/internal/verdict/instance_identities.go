package verdict

import (
	"fmt"
	"time"

	"cert-health/internal/cert"
)

// JudgeInstanceIdentities judges short-lived certificates. They are renewed shortly before
// their end, so only those that have expired count. All certificates of one directory
// make one problem.
func JudgeInstanceIdentities(directories []cert.InstanceIdentities, facts Facts) []Problem {
	j := judge{facts: facts}
	var problems []Problem
	for _, d := range directories {
		if ended, first := d.Ended(facts.Now); ended > 0 {
			problems = append(problems, j.identities(d, ended, first))
		}
	}
	return problems
}

func (j *judge) identities(d cert.InstanceIdentities, ended int, first time.Time) Problem {
	p := Problem{
		Code: Expired, Severity: Error, About: "short-lived certificates", File: d.Directory + "/",
		Message: fmt.Sprintf("%d of %d have expired, the first %s", ended, len(d.Validities), j.when(first)),
		Why:     "they are not renewed, and programs that verify them refuse them",
		Steps:   []Step{Do("find out why they are not renewed")},
	}
	if d.Directory == cert.InstanceIdentitiesDirectory {
		p.About = "instance identities of containers"
		p.Why = "the rep does not renew them, and gorouter and others refuse them"
		p.Steps = append([]Step{Run("monit", "summary"), Do("if the rep runs, find out in /var/vcap/sys/log/rep why it does not renew them"),
			Do("to make new containers:")}, j.restart()...)
	}
	return p
}
