package alert

import (
	"strings"
	"time"
)

// Mail is the alert as a mail, in the lines and the spelling that bosh-agent looks for.
func (a Alert) Mail() string {
	return strings.Join([]string{
		"Message-id: <" + a.ID + ">",
		"Service: " + Service,
		"Event: " + a.Event(),
		"Action: " + a.Action(),
		"Date: " + a.Created.Format(time.RFC1123Z),
		"Description: " + a.Description(),
		"",
	}, "\r\n")
}
