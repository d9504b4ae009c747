package devserver

import "github.com/hashicorp/vault/vault"

// deadAddress is the address to which the standby redirects clients. Nothing
// listens on port 1: the connection is refused at once instead of timing out.
const deadAddress = "http://127.0.0.1:1"

// joinStandby adds a second core to the storage of an active core. The active core
// holds the lock, so that the second is a standby. No node has a cluster address:
// with one, the standby would forward requests instead of redirecting clients.
func joinStandby(s storage, share []byte) (*vault.Core, error) {
	core, err := s.newCore()
	if err != nil {
		return nil, err
	}
	return core, unseal(core, share)
}
