package terminal

import (
	"path"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/report"
)

// shortPlace is the certificate's place without the directories below its job, which the details
// have.
func shortPlace(c *report.Certificate) string {
	first, full := c.Locations[0], c.Place()
	if first.Job == "" {
		return full
	}
	short := shortFile(first) + aliasOf(first) + c.More()
	if columnsOf(short) < columnsOf(full) {
		return short
	}
	return full
}

func shortFile(l report.Location) string {
	return l.Job + " …/" + path.Base(cert.PlaceOf(l.Job, l.File, l.Line))
}

// places is the short place in at most width columns, if possible: without the alias of a key
// store. A place that is still too long is cut at its beginning, so that the name of the file
// remains.
func places(c *report.Certificate, width int) string {
	first, short := c.Locations[0], shortPlace(c)
	if columnsOf(report.Printable(short)) <= width || first.Job == "" {
		return short
	}
	return shortFile(first) + c.More()
}

// aliasOf is the end of the Place of a key store's entry.
func aliasOf(l report.Location) string {
	return strings.TrimPrefix(l.Place(), cert.PlaceOf(l.Job, l.File, l.Line))
}
