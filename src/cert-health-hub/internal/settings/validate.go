package settings

import (
	"errors"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"cert-health/hub/internal/catalog"
	"cert-health/internal/strict"
)

// Problems returns all faults of the values, each with the path of its key.
func (s *Settings) Problems() strict.Problems {
	v := validator{}
	if s.files != nil {
		// The other parts take PEM as it is.
		s.files.keepAll(reflect.ValueOf(&s.Listen), "listen", v.Check)
		s.files.keepAll(reflect.ValueOf(&s.Database), "database", v.Check)
		s.files.keepAll(reflect.ValueOf(&s.Login), "login", v.Check)
		s.files.keepAll(reflect.ValueOf(&s.Agents), "agents", v.Check)
	}
	v.listen(&s.Listen)
	v.externalURL(s.ExternalURL)
	if s.DrainTime > maxDrainTime {
		v.Add("drain_time must be at most 15s: bpm kills a process that has not ended after 20s")
	}
	v.database(s.Database)
	v.sources(s.Sources)
	v.agents(s)
	v.Problems = append(v.Problems, s.Notifications.Problems().Below("notifications")...)
	for i, rule := range s.Notifications.Rules {
		v.filter("notifications."+strict.Item("rules", i)+".filter", rule.Filter, s.Sources)
	}
	v.login(s)
	if s.Thresholds.ExpiringSoon > s.Thresholds.Expiring {
		v.Add("thresholds.expiring_soon must not be longer than expiring")
	}
	v.OneOf("log.level", s.Log.Level, levels())
	return v.Problems
}

// filter also checks the names of sources: a rule for one that is not there would never tell anything.
func (v *validator) filter(path, text string, sources []Source) {
	query, err := Filter(text)
	v.Check(path, err)
	names := []string{OwnSource}
	for _, source := range sources {
		names = append(names, source.Name)
	}
	for _, name := range query.Sources {
		if !slices.Contains(names, name) {
			v.Add("%s names a source that is not in sources%s", path, strict.Hint(name, names))
		}
	}
}

// Filter is the query of a rule.
func Filter(text string) (catalog.Query, error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return catalog.Query{}, errors.New("it is not the query of a list, such as state=expired&source=vault")
	}
	return catalog.ParseQuery(values)
}

const maxDrainTime = 15 * time.Second

type validator struct{ strict.Problems }

func (v *validator) listen(l *Listen) {
	if !address(l.Address) {
		v.Add("listen.address is not an address with a port, such as :8443 or 127.0.0.1:8443")
	}
	if l.Insecure {
		if l.Certificate != "" || l.PrivateKey != "" {
			v.Add("listen.insecure must be false, because a certificate is set")
		}
		return
	}
	v.file("listen.certificate", l.Certificate)
	v.file("listen.private_key", l.PrivateKey)
}

// address tells whether the value is an address to listen on.
func address(text string) bool {
	_, port, err := net.SplitHostPort(text)
	return err == nil && port != ""
}

// anyPort tells whether the system chooses the port.
func anyPort(address string) bool { return strings.HasSuffix(address, ":0") }

func (v *validator) file(path, name string) {
	switch {
	case name == "":
		v.Add("%s is missing: it is the path of a file in PEM; a hub behind a proxy that has the certificate needs listen.insecure instead", path)
	case !filepath.IsAbs(name):
		v.Add("%s must be an absolute path", path)
	}
}

func (v *validator) externalURL(text string) {
	if text == "" {
		return
	}
	parsed, err := url.Parse(text)
	if err != nil || !slices.Contains([]string{"https", "http"}, parsed.Scheme) || parsed.Host == "" || parsed.User != nil || parsed.RawQuery != "" {
		v.Add("external_url must be a URL such as https://certificates.example.com")
	} else if strings.Trim(parsed.Path, "/") != "" {
		v.Add("external_url must have no path: the hub answers at the root of a host")
	}
}

func (v *validator) login(s *Settings) {
	v.Problems = append(v.Problems, s.Login.Problems().Below("login")...)
	v.Problems = append(v.Problems, s.Login.CheckListen(s.Listen.Address).Below("login")...)
	if s.Login.OIDC.Issuer != "" && s.ExternalURL == "" {
		v.Add("external_url is missing: after the log-in the provider of login.oidc sends people there")
	}
}

func (v *validator) database(d Database) {
	scheme, rest, _ := strings.Cut(d.URL.Reveal(), ":")
	switch scheme {
	case "sqlite":
		if !filepath.IsAbs(rest) {
			v.Add("database.url must name an absolute path, such as sqlite:/var/vcap/store/cert-health-hub/hub.db")
		}
		if d.CACert != "" {
			v.Add("database.ca_cert is for PostgreSQL, and database.url names a file of SQLite")
		}
	case "postgres", "postgresql":
		if parsed, err := url.Parse(d.URL.Reveal()); err != nil || parsed.Host == "" {
			v.Add("database.url must be a URL such as postgres://USER:PASSWORD@HOST/DATABASE; write special characters of the password as %%XX")
		}
	default:
		v.Add("database.url must be sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE")
	}
}

// levels are the words of log.level.
func levels() []string { return []string{"debug", "info", "warn", "error"} }

// Least is the least level of the messages in the log.
func (l Log) Least() slog.Level {
	var parsed slog.Level
	if parsed.UnmarshalText([]byte(l.Level)) != nil {
		return slog.LevelInfo
	}
	return parsed
}
