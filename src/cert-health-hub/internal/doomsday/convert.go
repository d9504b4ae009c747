package doomsday

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// tree is a mapping of the new configuration.
type tree map[string]any

// set sets a key that has a value.
func (t tree) set(key, value string) {
	if value != "" {
		t[key] = value
	}
}

// converter collects what people must know.
type converter struct {
	notes []string
	names map[string]int
}

func (c *converter) note(format string, values ...any) {
	c.notes = append(c.notes, fmt.Sprintf(format, values...))
}

// Convert returns a configuration of the hub, with the notes as comments at its beginning. It holds the
// secrets of the other one; the notes hold none.
func Convert(contents []byte) (configuration []byte, notes []string, err error) {
	f, err := read(contents)
	if err != nil {
		return nil, nil, err
	}
	c := &converter{names: map[string]int{}}
	var sources []any
	for i, b := range f.Backends {
		if source := c.source(i, b); source != nil {
			sources = append(sources, source)
		}
	}
	all := tree{"sources": sources, "listen": c.listen(f.Server), "login": c.login(f.Server)}
	c.note("The hub has a database: a file of the BOSH job. Without BOSH, add database.url, such as sqlite:/var/lib/hub/hub.db, and make its directory.")
	all.set("external_url", c.externalURL(f.Notifications.DoomsdayURL))
	if told := c.notifications(f.Notifications); told != nil {
		all["notifications"] = told
	}
	var out bytes.Buffer
	fmt.Fprintln(&out, "# Made from a configuration of Doomsday by cert-health-hub import-doomsday. It holds secrets.")
	for _, note := range c.notes {
		fmt.Fprintln(&out, "#\n# "+note)
	}
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(all); err != nil {
		return nil, nil, fmt.Errorf("write the configuration: %w", err)
	}
	return out.Bytes(), c.notes, encoder.Close()
}

// defaultPort is that of Doomsday.
const defaultPort = 8111

func (c *converter) listen(s server) tree {
	port := s.Port
	if port == 0 {
		port = defaultPort
	}
	listen := tree{"address": ":" + strconv.Itoa(port)}
	if s.TLS.Cert == "" || s.TLS.Key == "" {
		listen["insecure"] = true
		c.note("Doomsday answered without TLS, so the hub does too. Add listen.certificate and listen.private_key, and remove listen.insecure.")
		return listen
	}
	listen["certificate"], listen["private_key"] = s.TLS.Cert, s.TLS.Key
	c.note("The certificate of listen is part of this file. Name files instead: the hub reads them again when they change.")
	return listen
}

func (c *converter) login(s server) tree {
	user := s.Auth.Properties.Username
	if !strings.EqualFold(s.Auth.Type, "userpass") || user == "" {
		c.note("Doomsday asked for no log-in. The hub does: add a user with `cert-health-hub user add NAME --role operator`, or set login.oidc.")
		return tree{"local": true}
	}
	c.note("Passwords are not taken over, because the hub keeps only hashes: run `cert-health-hub user add %s --role operator`.", strconv.Quote(user))
	login := tree{"local": true}
	if s.Auth.Properties.Timeout > 0 {
		login["session_time"] = minutes(s.Auth.Properties.Timeout)
	}
	if s.Auth.Properties.Refresh {
		c.note("A log-in is not renewed by its use: it ends after login.session_time. Set a longer one if that is too short.")
	}
	return login
}

func minutes(n int) string { return strconv.Itoa(n) + "m" }

// externalURL keeps the URL if the hub can have it: at the root of a host.
func (c *converter) externalURL(url string) string {
	bare := strings.TrimRight(url, "/")
	if _, rest, found := strings.Cut(bare, "://"); found && !strings.Contains(rest, "/") {
		return bare
	}
	if url != "" {
		c.note("doomsday_url is not the root of a host: set external_url to the URL at which people reach the hub.")
	}
	return ""
}

func (c *converter) notifications(n notifications) tree {
	if n.Schedule.Type == "" {
		return nil
	}
	channel := tree{"name": "doomsday"}
	switch strings.ToLower(n.Backend.Type) {
	case "slack":
		channel["slack"] = tree{"url": n.Backend.Properties.Webhook}
	default:
		c.note("Notifications of the type %s have no equal: add a channel, and a rule that names it.", strconv.Quote(n.Backend.Type))
		return nil
	}
	rule := tree{"name": "doomsday", "channels": []string{"doomsday"}, "thresholds": []string{"28d"}}
	switch strings.ToLower(n.Schedule.Type) {
	case "cron", "cronspec":
		rule["schedule"] = n.Schedule.Properties.Spec
		c.note("Doomsday read the schedule in the time zone of its machine, and the hub reads it in UTC: set time_zone of the rule to another one.")
	default:
		rule["on_change"] = true
		if n.Schedule.Properties.Interval > 0 {
			rule["repeat"] = "24h"
			c.note("Doomsday sent the same sentence every %d minutes. The hub tells each certificate once, and what is still open each 24h: see notifications.rules.", n.Schedule.Properties.Interval)
		}
	}
	return tree{"channels": []any{channel}, "rules": []any{rule}}
}
