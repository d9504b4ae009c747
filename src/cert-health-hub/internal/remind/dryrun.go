package remind

import (
	"context"
	"fmt"
	"strings"
)

// DryRun returns what a rule would send if it looked now. It stores and sends nothing.
func (r *Reminder) DryRun(ctx context.Context, name string) (string, error) {
	for _, rule := range r.rules {
		if rule.Name != name {
			continue
		}
		if err := r.load(ctx, rule); err != nil {
			return "", err
		}
		now := r.Clock.Now()
		entries, err := r.Select(rule.Filter, now)
		if err != nil {
			return "", fmt.Errorf("look at the certificates: %w", err)
		}
		after, message := rule.Rule.look(rule.state, entries, now)
		if message == nil {
			return fmt.Sprintf("The rule %s would send nothing now: %d open, and nothing is new.\n", name, len(after.Open)), nil
		}
		message.URL = r.URL
		return fmt.Sprintf("To %s:\n\n%s\n%s", strings.Join(rule.Channels, ", "), message.Title, message.Text()), nil
	}
	return "", fmt.Errorf("there is no rule %q; the rules are %s", name, strings.Join(r.names(), ", "))
}

func (r *Reminder) names() []string {
	names := make([]string, len(r.rules))
	for i, rule := range r.rules {
		names[i] = rule.Name
	}
	return names
}
