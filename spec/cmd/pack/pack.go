package main

import (
	"fmt"
	"os"
	"path/filepath"

	bicrypto "github.com/cloudfoundry/bosh-cli/v7/crypto"
	"github.com/cloudfoundry/bosh-cli/v7/release"
	boshcrypto "github.com/cloudfoundry/bosh-utils/crypto"
	"github.com/cloudfoundry/bosh-utils/fileutil"
	"github.com/cloudfoundry/bosh-utils/logger"
	"github.com/cloudfoundry/bosh-utils/system"
	"gopkg.in/yaml.v2"
)

// request says what to pack, and its name and version.
type request struct {
	dir, output     string
	version, commit string
	uncommitted     bool
}

// pack reads the directory, builds an archive of each job and package, and writes
// them with their manifest to one file.
func (r request) pack() error {
	name, err := r.name()
	if err != nil {
		return err
	}
	log := logger.NewWriterLogger(logger.LevelError, os.Stderr)
	fs := system.NewOsFileSystem(log)
	runner := system.NewExecCmdRunner(log)
	compressor := fileutil.NewTarballCompressor(runner, fs)
	digests := bicrypto.NewDigestCalculator(fs, []boshcrypto.Algorithm{boshcrypto.DigestAlgorithmSHA256})
	provider := release.NewProvider(runner, compressor, digests, fs, log)

	packed, err := provider.NewDirReader(r.dir).Read(r.dir)
	if err != nil {
		return fmt.Errorf("read release %s: %w", r.dir, err)
	}
	packed.SetName(name)
	packed.SetVersion(r.version)
	packed.SetCommitHash(r.commit)
	packed.SetUncommittedChanges(r.uncommitted)
	if err := build(packed); err != nil {
		return err
	}
	archive, err := provider.NewArchiveWriter().Write(packed, nil)
	if err != nil {
		return fmt.Errorf("write release: %w", err)
	}
	return fileutil.NewFileMover(fs).Move(archive, r.output)
}

// name reads the release's name from the file from which the BOSH CLI reads it.
func (r request) name() (string, error) {
	path := filepath.Join(r.dir, "config", "final.yml")
	contents, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var final struct{ Name string }
	if err := yaml.Unmarshal(contents, &final); err != nil {
		return "", fmt.Errorf("parse %s: %w", path, err)
	}
	return final.Name, nil
}

// build makes the archive of each job and package, and of the licence. The
// archives stay below TMPDIR, which the caller removes.
func build(packed release.Release) error {
	dir, err := os.MkdirTemp("", "archives")
	if err != nil {
		return err
	}
	archives := archiveDir(dir)
	indices := release.ArchiveIndicies{Jobs: archives, Packages: archives, Licenses: archives}
	if err := packed.Build(indices, indices, 2); err != nil {
		return fmt.Errorf("build archives: %w", err)
	}
	return nil
}
