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
	update   bool // it supersedes all that are none
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

// inForce are the settings by which the agent goes; nil when that cannot be told, for any
// file that cannot be read may be the one. Where the agent keeps them in memory they stand
// in another folder, so that older ones may be left behind.
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
