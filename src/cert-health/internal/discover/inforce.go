package discover

import (
	"io/fs"
	"strings"

	"cert-health/internal/extract/found"
)

// agentSettings is one file of bosh-agent's settings.
type agentSettings struct {
	from     source
	result   found.Result
	update   bool // it supersedes all other settings
	modified int64
	unread   bool
}

func settingsOf(from source, entry fs.DirEntry, result found.Result, err error) agentSettings {
	s := agentSettings{from: from, result: result, unread: err != nil || len(result.Broken) > 0}
	if info, err := entry.Info(); err == nil {
		s.modified = info.ModTime().UnixNano()
	}
	for _, f := range result.Certificates {
		s.update = s.update || !strings.HasPrefix(f.Alias, settingsKey)
	}
	return s
}

// inForce returns the settings that the agent uses. It returns nil when that is not known: any
// file that cannot be read may contain them. If the agent keeps its settings in memory, they
// are in another directory, and outdated ones may be left on disk.
func inForce(all []agentSettings) *agentSettings {
	var best *agentSettings
	for i := range all {
		s := &all[i]
		switch {
		case s.unread:
			return nil
		case len(s.result.Certificates) == 0:
		case best == nil, s.update && !best.update, s.update == best.update && s.modified > best.modified:
			best = s
		}
	}
	return best
}
