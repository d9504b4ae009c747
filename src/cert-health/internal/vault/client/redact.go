package client

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// redactor removes the credentials of a client from sentences. Vault does not quote them, but a
// proxy in front of it may quote a whole request.
type redactor struct {
	mutex       sync.Mutex
	credentials []string
	bodies      []*[]byte // of requests that write private keys
}

// The redactor keeps the credentials in use, and some earlier ones. A shorter string is not a
// credential, and is part of too many words.
const (
	maxCredentials     = 16
	minCredentialBytes = 8
)

func (h *redactor) add(text string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if len(text) < minCredentialBytes || slices.Contains(h.credentials, text) {
		return
	}
	if len(h.credentials) == maxCredentials {
		h.credentials = h.credentials[1:]
	}
	h.credentials = append(h.credentials, text)
}

// guard keeps parts of the body of a request out of sentences, until the returned function is called.
func (h *redactor) guard(body []byte) (release func()) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.bodies = append(h.bodies, &body)
	return func() {
		h.mutex.Lock()
		defer h.mutex.Unlock()
		h.bodies = slices.DeleteFunc(h.bodies, func(held *[]byte) bool { return held == &body })
	}
}

// quoteBytes is the length of a part of a body that is recognised. Vault's own sentences have no such part of a
// certificate or a key.
const quoteBytes = 12

// quotes tells whether a sentence has a part of a private key, or of a secret that is being written.
func (h *redactor) quotes(text string) bool {
	for at := 0; at+quoteBytes <= len(text); at++ {
		for _, body := range h.bodies {
			if bytes.Contains(*body, []byte(text[at:at+quoteBytes])) {
				return true
			}
		}
	}
	return strings.Contains(text, "PRIVATE KEY")
}

// redact returns the text without credentials. Nothing is left of a sentence that quotes a secret.
func (h *redactor) redact(text string) string {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.quotes(text) {
		return "[an answer that quotes the secret]"
	}
	for _, credential := range h.credentials {
		text = strings.ReplaceAll(text, credential, "[credential]")
	}
	return text
}

// Format prints the method and no credential, for every verb.
func (a Auth) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "{"+a.method()+"}") }

// Format prints the role and no credential, for every verb.
func (a AppRole) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "{role "+a.RoleID+"}") }

// Format prints the address and the method, and no credential.
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
