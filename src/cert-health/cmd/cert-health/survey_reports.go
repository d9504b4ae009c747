package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"cert-health/internal/atomicfile"
	"cert-health/internal/report"
	"cert-health/internal/survey"
	"cert-health/internal/verdict"
)

// The limits of the reports that a command reads.
const (
	maxReportFile  = 64 << 20 // bytes of one report, unpacked too
	maxReportFiles = 100_000  // of all directories together
)

// reportSurvey makes a survey of the reports in files and directories.
func reportSurvey(names []string, now time.Time) (*seen, error) {
	b, read := &survey.Builder{}, 0
	for _, name := range names {
		n, err := addReports(b, name, now, maxReportFiles-read)
		if err != nil {
			return nil, err
		}
		read += n
	}
	if read == 0 {
		return nil, fmt.Errorf("there is no report in %s: an agent writes its own to /var/vcap/data/cert-health/report.json", strings.Join(names, ", "))
	}
	return &seen{Survey: b.Build(now), From: fmt.Sprintf("%s in %s", count(read, "report"), strings.Join(names, ", "))}, nil
}

// addReports adds a report, or those below a directory. There, a file that is not a report is named and left out.
func addReports(b *survey.Builder, name string, now time.Time, most int) (read int, err error) {
	err = filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && path == name:
			return explainFile(name, err)
		case err != nil:
			b.Blind(fmt.Sprintf("%s cannot be read", path))
			return nil
		case path != name && (!entry.Type().IsRegular() || !isReportName(path)), entry.IsDir():
			return nil
		case read >= most:
			return fmt.Errorf("there are more than %d reports: name fewer directories", maxReportFiles)
		}
		r, err := readReport(path)
		switch {
		case err != nil && path == name:
			return err
		case err != nil:
			b.Blind(err.Error())
			return nil
		}
		read++
		addReport(b, r, now)
		return nil
	})
	return read, err
}

func isReportName(path string) bool {
	return strings.HasSuffix(path, ".json") || strings.HasSuffix(path, ".json.gz")
}

// readReport reads one report, which may be packed by gzip.
func readReport(path string) (*report.Report, error) {
	contents, err := atomicfile.ReadRegular(path, maxReportFile)
	if err != nil {
		return nil, explainFile(path, err)
	}
	if bytes.HasPrefix(contents, []byte{0x1f, 0x8b}) {
		if contents, err = unpacked(contents); err != nil {
			return nil, fmt.Errorf("unpack %s: %w", path, err)
		}
	}
	r, err := report.Parse(contents)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return r, nil
}

func unpacked(contents []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(contents))
	if err != nil {
		return nil, err
	}
	contents, err = io.ReadAll(io.LimitReader(reader, maxReportFile+1))
	if err == nil && len(contents) > maxReportFile {
		err = errors.New("it is too large for a report")
	}
	return contents, err
}

// oldReport is the age at which a report no longer says how a VM is now.
const oldReport = time.Hour

// addReport adds a report, and says what it cannot show.
func addReport(b *survey.Builder, r *report.Report, now time.Time) {
	b.Report(r, survey.Instance{Standing: survey.Reporting})
	name := r.Instance.Name()
	if name == "" {
		name = "a VM without a name"
	}
	if now.Sub(r.CheckedAt) > oldReport {
		b.Blind(fmt.Sprintf("the report of %s is from %s", name, verdict.Relative(r.CheckedAt, now)))
	}
	if r.Served == nil {
		b.Blind(fmt.Sprintf("what the processes of %s serve: its report has no handshakes", name))
	}
	if len(r.LeftOut) > 0 || r.Summary.Unverified > 0 {
		b.Blind(fmt.Sprintf("parts of %s: its report says which (left_out, unverified)", name))
	}
}
