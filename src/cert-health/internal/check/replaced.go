package check

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
)

// replaced adds a problem if the file of a certificate that was not found is hidden behind a link or
// a special file: a scan passes over these, and a process can still read the certificate through the
// link. A deploy may replace a file by a link: then the file is gone.
func (c *completion) replaced(l cert.Location) {
	top := path.Join(discover.JobsDir, l.Job)
	if !c.undeployed || l.Job == "" || !strings.HasPrefix(l.File, top+"/") || c.hidden(l.File) != nil {
		return
	}
	for at := l.File; at != top; at = path.Dir(at) {
		mode := c.mode(at)
		if mode&fs.ModeSymlink == 0 && (at != l.File || mode.IsRegular() || mode.IsDir()) {
			continue
		}
		c.blind[at] = len(c.Problems)
		c.Problems = append(c.Problems, discover.Problem{Job: l.Job, File: at, Kind: discover.Access,
			Reason: "it was not a link or a special file before, and such files are not read"})
		return
	}
}

// mode is what a path of the VM is, without following it; regular if it does not exist.
func (c *completion) mode(vmPath string) fs.FileMode {
	dir, err := discover.Resolve(c.root, path.Dir(vmPath))
	if err != nil {
		return 0
	}
	info, err := os.Lstat(filepath.Join(dir, path.Base(vmPath)))
	if err != nil {
		return 0
	}
	return info.Mode()
}
