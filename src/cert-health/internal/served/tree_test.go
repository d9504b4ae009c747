package served_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/gomega"
)

// tree is the files of a VM below a root, with /proc.
type tree struct {
	root  string
	lines []string // of /proc/net/tcp
}

// booted is when the VM of a tree was booted.
var booted = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newTree(root string) *tree {
	t := &tree{root: root}
	t.write("proc/stat", fmt.Sprintf("cpu  1 2 3 4 5 6 7 8 9 0\nbtime %d\n", booted.Unix()))
	t.listen() // on nothing yet
	t.process(process{pid: 1, name: "init"})
	return t
}

func (t *tree) write(path, contents string) {
	full := filepath.Join(t.root, path)
	Expect(os.MkdirAll(filepath.Dir(full), 0o755)).To(Succeed())
	Expect(os.WriteFile(full, []byte(contents), 0o640)).To(Succeed())
}

// process is a process of a tree.
type process struct {
	pid, parent int
	name        string
	ticks       int // since boot, in hundredths of a second
	cgroup      string
	arguments   []string
	sockets     []int
}

func (t *tree) process(p process) {
	dir := fmt.Sprintf("proc/%d", p.pid)
	fields := make([]string, 52)
	for i := range fields {
		fields[i] = "0"
	}
	fields[0], fields[1], fields[2] = fmt.Sprint(p.pid), "("+p.name+")", "S"
	fields[3], fields[21] = fmt.Sprint(p.parent), fmt.Sprint(p.ticks)
	t.write(dir+"/stat", strings.Join(fields, " ")+"\n")
	t.write(dir+"/cgroup", p.cgroup)
	t.write(dir+"/cmdline", strings.Join(p.arguments, "\x00")+"\x00")
	Expect(os.MkdirAll(filepath.Join(t.root, dir, "fd"), 0o755)).To(Succeed())
	Expect(os.Symlink("/dev/null", filepath.Join(t.root, dir, "fd/0"))).To(Succeed())
	for i, inode := range p.sockets {
		Expect(os.Symlink(fmt.Sprintf("socket:[%d]", inode), filepath.Join(t.root, dir, "fd", fmt.Sprint(3+i)))).To(Succeed())
	}
}

// connection adds a line to /proc/net/tcp: 127.0.0.1, a port, a state, an inode.
func (t *tree) connection(port int, state string, inode int) {
	t.lines = append(t.lines, fmt.Sprintf(
		"%4d: 0100007F:%04X 00000000:0000 %s 00000000:00000000 00:00000000 00000000  1000        0 %d 1 0000000000000000 100 0 0 10 0",
		len(t.lines), port, state, inode))
	t.listen()
}

func (t *tree) listen() {
	header := "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	t.write("proc/net/tcp", header+strings.Join(append(t.lines, ""), "\n"))
}

// job lays out a job with its monit file, which names the pidfiles.
func (t *tree) job(name string, pidfiles ...string) {
	var monit strings.Builder
	for i, pidfile := range pidfiles {
		fmt.Fprintf(&monit, "check process %s-%d\n  with pidfile %s\n  start program \"x\"\n  group vcap\n", name, i, pidfile)
	}
	t.write("var/vcap/data/jobs/"+name+"/0123/monit", monit.String())
	link := filepath.Join(t.root, "var/vcap/jobs", name)
	Expect(os.MkdirAll(filepath.Dir(link), 0o755)).To(Succeed())
	Expect(os.Symlink("/var/vcap/data/jobs/"+name+"/0123", link)).To(Succeed())
}
