package explain

import (
	"path"
	"strings"
)

// Speaker is who wrote a line, as far as the line or the name of its file tell.
type Speaker struct {
	Job      string `json:"job,omitempty"`
	Instance string `json:"instance,omitempty"` // group/id
}

// logRoot is where the jobs of a VM keep their logs.
const logRoot = "/var/vcap/sys/log/"

// speakerOfFile is the job whose directory has a file. Outside of a VM, bosh logs and people keep the names of the
// directories and files: rep/rep.stdout.log. A name counts if it is that of a job or stands twice.
func (t *Vocabulary) speakerOfFile(name string) Speaker {
	if _, below, found := strings.Cut(name, logRoot); found {
		job, _, _ := strings.Cut(below, "/")
		return Speaker{Job: job}
	}
	for dir, job := range map[string]string{"/var/vcap/bosh/log/": "bosh-agent", "/var/vcap/monit/": "monit"} {
		if strings.Contains(name, dir) {
			return Speaker{Job: job}
		}
	}
	dir, base := path.Base(path.Dir(name)), path.Base(name)
	base, _, _ = strings.Cut(base, ".")
	switch {
	case dir == base, t.jobs[dir]:
		return Speaker{Job: dir}
	case t.jobs[base]:
		return Speaker{Job: base}
	}
	return Speaker{}
}

// speaker adds what a line says to what the name of its file says.
func (t *Vocabulary) speaker(line string, file Speaker) Speaker {
	s := file
	if at := strings.Index(line[:min(len(line), headLength)], logRoot); at == 0 { // grep and tail -v name the file
		s.Job = t.speakerOfFile(line).Job
	}
	if own, ok := fromSyslog(line); ok {
		return own
	}
	if instance, ok := fromSSH(line); ok {
		s.Instance = instance
	}
	if s.Job == "" {
		s.Job = fromJSON(line)
	}
	return s
}

// fromSSH reads the prefix that bosh ssh writes: diego-cell/3f2a: stdout | .
func fromSSH(line string) (instance string, ok bool) {
	before, _, found := strings.Cut(line[:min(len(line), headLength)], " | ")
	if !found {
		return "", false
	}
	instance, stream, _ := strings.Cut(before, ":")
	stream = strings.TrimSpace(stream)
	return instance, strings.Count(instance, "/") == 1 && !strings.Contains(instance, " ") && (stream == "" || stream == "stdout" || stream == "stderr")
}

// fromJSON is the source of a line of lager: "source":"rep".
func fromJSON(line string) string {
	for _, key := range []string{`"source":"`, `"source": "`} {
		if _, behind, found := strings.Cut(line, key); found {
			source, _, _ := strings.Cut(behind, `"`)
			return lastWord(source)
		}
	}
	return ""
}

// lastWord is the name of a program: "vcap.gorouter" and "cfnetworking.silk-daemon" are those of gorouter and silk-daemon.
func lastWord(source string) string { return source[strings.LastIndexByte(source, '.')+1:] }

// fromSyslog reads the header of RFC 5424, as syslog-release writes it: the application is the job, and the
// structured data names the instance.
func fromSyslog(line string) (Speaker, bool) {
	if !strings.HasPrefix(line, "<") {
		return Speaker{}, false
	}
	head := line[:min(len(line), 2*headLength)]
	_, head, found := strings.Cut(head, ">1 ")
	if !found {
		return Speaker{}, false
	}
	fields := strings.SplitN(head, " ", 6) // time, host, application, process, message, structured data
	if len(fields) < 6 {
		return Speaker{}, false
	}
	s := Speaker{Job: strings.TrimSuffix(fields[2], ".log")}
	if s.Job == "-" {
		s.Job = ""
	}
	if group, id := value(fields[5], "group"), value(fields[5], "id"); group != "" && id != "" {
		s.Instance = group + "/" + id
	}
	return s, true
}

// value is the value of a key of structured data: group="diego-cell".
func value(data, key string) string {
	_, behind, found := strings.Cut(data, " "+key+`="`)
	if !found {
		return ""
	}
	text, _, _ := strings.Cut(behind, `"`)
	return text
}
