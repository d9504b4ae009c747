package discover

import (
	"path"
	"slices"
	"strings"

	"cert-health/internal/budget"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/strict"
)

// Options of one scan. The zero value scans the jobs of this machine.
type Options struct {
	// Root is the directory that replaces "/"; empty is "/" itself.
	Root string
	// Only are the files and directories to scan, absolute as the VM sees them. If there are
	// any, nothing else is scanned.
	Only []string
	// Paths are further files and directories, absolute as the VM sees them.
	Paths []string `yaml:"paths"`
	// Extra are further files by glob, each of a class of its own. Of several that match a
	// file the first counts.
	Extra []Extra
	// Exclude are globs (with ** for any depth) over absolute paths as the
	// VM sees them. A directory that matches is not entered.
	Exclude []string `yaml:"exclude"`
	// Passwords open key stores. Those of keystore.Known are tried after them.
	Passwords []keystore.Password `yaml:"passwords"`
	// MaxFileSize is how many bytes of one file are read; 0 is DefaultMaxFileSize.
	MaxFileSize int64 `yaml:"max_file_size"`
	// MaxFiles is the maximum number of files and directories of one job, or below one of the
	// other paths; 0 is that of package budget.
	MaxFiles int `yaml:"max_files"`
	// Progress, if set, is called from time to time with the number of files scanned so far.
	Progress func(files int)
}

// DefaultMaxFileSize is the limit when none is given. The files of a VM have 50 KB at most.
const DefaultMaxFileSize = 16 << 20

// maxDepth is the maximum nesting of directories.
const maxDepth = 64

func (o Options) withDefaults() Options {
	if o.Root == "" {
		o.Root = "/"
	}
	if o.MaxFileSize == 0 {
		o.MaxFileSize = DefaultMaxFileSize
	}
	if o.MaxFiles == 0 {
		o.MaxFiles = budget.Files.Limit()
	}
	return o
}

// named tells whether a file is one of the further paths, or below one.
func (o Options) named(file string) bool {
	return slices.ContainsFunc(o.Paths, func(further string) bool {
		further = path.Clean(further)
		return file == further || strings.HasPrefix(file, further+"/")
	})
}

func (o Options) excluded(path string) bool {
	for _, pattern := range o.Exclude {
		if strict.Match(pattern, path) {
			return true
		}
	}
	return false
}
