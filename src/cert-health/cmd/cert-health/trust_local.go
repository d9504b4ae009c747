//go:build !vm

package main

import (
	"path/filepath"
	"strings"

	"cert-health/internal/atomicfile"
	"cert-health/internal/discover"
	"cert-health/internal/knowledge"
)

// The bounds of the configuration files that are read on a VM.
const (
	maxConfigFile  = 1 << 20
	maxConfigFiles = 2000
)

// configured are the edges that configuration files of the VM's jobs name. A file that cannot be read names none.
func configured(root string, known []knowledge.Edge) (edges []knowledge.Edge) {
	jobs := strings.TrimSuffix(root, "/") + discover.JobsDir
	read := 0
	for _, pattern := range []string{"*/config/*.json", "*/config/*.yml", "*/config/*.yaml"} {
		files, err := filepath.Glob(filepath.Join(jobs, pattern))
		if err != nil {
			continue
		}
		for _, file := range files {
			if read++; read > maxConfigFiles {
				return edges
			}
			contents, err := atomicfile.ReadRegular(file, maxConfigFile)
			if err != nil {
				continue
			}
			job, _, _ := strings.Cut(strings.TrimPrefix(file, jobs+"/"), "/")
			edges = append(edges, knowledge.PeerEdges(job, discover.JobsDir+"/"+strings.TrimPrefix(file, jobs+"/"), contents, known)...)
		}
	}
	return edges
}
