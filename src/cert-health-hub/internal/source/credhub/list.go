package credhub

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/remote"
)

// listed is a certificate in the list, without any value.
type listed struct {
	Name     string                `json:"name"`
	SignedBy string                `json:"signed_by"`
	Versions remote.List[listedAt] `json:"versions"`
}

// listedAt is a version in the list. The newest is the first.
type listedAt struct {
	ID           string `json:"id"`
	Transitional bool   `json:"transitional"`
}

// certificates lists all certificates that CredHub shows. There is no paging.
func (n *session) certificates() ([]listed, error) {
	var answer struct {
		Certificates remote.List[listed] `json:"certificates"`
	}
	err := n.get("/api/v1/certificates/", nil, &answer)
	return answer.Certificates, err
}

// named is any credential in a search.
type named struct {
	Name    string    `json:"name"`
	Created time.Time `json:"version_created_at"`
}

// below lists all credentials below a path.
func (n *session) below(root string) ([]named, error) {
	var answer struct {
		Credentials remote.List[named] `json:"credentials"`
	}
	err := n.get("/api/v1/data", url.Values{"path": {root + "/"}}, &answer)
	return answer.Credentials, err
}

// digest is the version of an item: it changes when a version comes or goes, and when another one signs.
func (l *listed) digest() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q", l.SignedBy)
	for _, v := range l.Versions {
		fmt.Fprintf(sum, "%q%t", v.ID, v.Transitional)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// states says for each version what it is: the newest one that is not transitional signs and is handed
// out, with the transitional one beside it.
func (l *listed) states() []inventory.State {
	states := make([]inventory.State, len(l.Versions))
	current := -1
	for i, v := range l.Versions {
		switch {
		case v.Transitional:
			states[i] = inventory.Transitional
		case current < 0:
			current, states[i] = i, inventory.Current
		default:
			states[i] = inventory.Previous
		}
	}
	if current < 0 && len(states) > 0 {
		states[0] = inventory.Current
	}
	return states
}
