package credhub

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Refusal is an answer that is an error.
type Refusal struct {
	Status   int
	sentence string
}

// Error says what is wrong, and what to do.
func (r *Refusal) Error() string { return r.sentence }

// IsNotFound tells whether an error says that CredHub does not show what was asked for. It says the same of what
// does not exist and of what the client may not read.
func IsNotFound(err error) bool {
	r := (*Refusal)(nil)
	return errors.As(err, &r) && r.Status == http.StatusNotFound
}

// maxQuoted limits the words of a server in an error.
const maxQuoted = 300

func refusalOf(who string, status int, contents []byte) error {
	var answer struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(contents, &answer) // a proxy answers in another form
	said := strings.Join(strings.Fields(answer.Error+" "+answer.Description), " ")
	said = strings.ToValidUTF8(said[:min(len(said), maxQuoted)], "")
	r := &Refusal{Status: status}
	switch {
	case who == "UAA":
		r.sentence = fmt.Sprintf("UAA refuses the login (%d %s): check %s and %s", status, said, ClientVariable, SecretVariable)
	case status == http.StatusUnauthorized:
		r.sentence = fmt.Sprintf("CredHub refuses the token that UAA has issued (%d %s): check that CredHub trusts this UAA", status, said)
	case status == http.StatusForbidden:
		r.sentence = fmt.Sprintf("CredHub does not permit this (%d %s): the client needs the scopes credhub.read and credhub.write, and the right to write this credential", status, said)
	case status == http.StatusNotFound:
		r.sentence = "CredHub does not show this: it does not exist, or the right is missing (credhub set-permission -a ACTOR -p NAME -o read,write,delete)"
	case status >= http.StatusInternalServerError:
		r.sentence = fmt.Sprintf("CredHub cannot do this now (%d %s): try again, or look into its log", status, said)
	case status/100 == 3:
		r.sentence = fmt.Sprintf("CredHub redirects to another address (%d): set %s to that one", status, AddressVariable)
	default:
		r.sentence = strings.TrimSpace(fmt.Sprintf("CredHub refuses this (%d): %s", status, said))
	}
	return r
}

// cause is an error of a request without its URL.
func cause(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	unknown, wrong := x509.UnknownAuthorityError{}, x509.HostnameError{}
	var timeout net.Error
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("its certificate is not of a known CA (set %s to a file with the CA)", CAVariable)
	case errors.As(err, &wrong):
		return errors.New("its certificate is for another name")
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.As(err, &timeout) && timeout.Timeout():
		return errors.New("it took too long")
	}
	return err
}
