package devserver

import "github.com/hashicorp/vault/vault"

// deadAddress is where the active node tells clients to go. Nothing listens on
// port 1, so that who follows it is refused at once instead of timing out.
const deadAddress = "http://127.0.0.1:1"

// joinStandby adds a core to the storage of an active one, whose lock makes it a
// standby. No node has a cluster address: a standby that can forward requests
// hides from its clients that it is one.
func joinStandby(s storage, share []byte) (*vault.Core, error) {
	core, err := s.newCore()
	if err != nil {
		return nil, err
	}
	return core, unseal(core, share)
}
