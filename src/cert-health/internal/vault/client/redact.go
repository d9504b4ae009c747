package client

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// redactor are the credentials of a client, which no sentence may hold. Vault does not
// quote them; a proxy before it might quote the whole request.
type redactor struct {
	mutex sync.Mutex
	texts []string
}

// The credentials that are remembered: those in use, and some that were before them. A
// shorter text is no credential, and part of too many words.
const (
	maxHidden      = 16
	minHiddenBytes = 8
)

func (h *redactor) add(text string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if len(text) < minHiddenBytes || slices.Contains(h.texts, text) {
		return
	}
	if len(h.texts) == maxHidden {
		h.texts = h.texts[1:]
	}
	h.texts = append(h.texts, text)
}

// redact returns text without the credentials.
func (h *redactor) redact(text string) string {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for _, credential := range h.texts {
		text = strings.ReplaceAll(text, credential, "[credential]")
	}
	return text
}

// Format prints which method it is and no credential, whatever the verb.
func (a Auth) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "{"+a.method()+"}") }

// Format prints the role and no credential, whatever the verb.
func (a AppRole) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "{role "+a.RoleID+"}") }

// Format prints what the client speaks to, and nothing that it speaks with.
func (c *Client) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "{client of "+authority(c.options.Address)+" with "+c.options.Auth.method()+"}")
}

func (a Auth) method() string {
	switch {
	case a.AppRole.RoleID != "":
		return "AppRole"
	case a.JWT.File != "":
		return "JWT"
	case a.Cert.Certificate != "":
		return "TLS certificate"
	case a.TokenFile != "":
		return "token file"
	case !a.Token.IsZero():
		return "token"
	}
	return "no credential"
}
