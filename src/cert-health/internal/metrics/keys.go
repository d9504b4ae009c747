package metrics

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
)

// keys are the files in use. They are looked at in each handshake and read again when they
// have changed; while what they hold cannot be used, what was there before is.
type keys struct {
	settings TLS
	complain func(error)

	mutex      sync.Mutex
	seen       []os.FileInfo
	config     *tls.Config
	complained string
}

func newKeys(t TLS, complain func(error)) (*keys, error) {
	k := &keys{settings: t, complain: complain}
	k.seen = k.look()
	var err error
	k.config, err = t.load()
	return k, err
}

func (k *keys) listener(inner net.Listener) net.Listener {
	return tls.NewListener(inner, &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return k.current(), nil },
	})
}

// current returns the configuration of the files as they are now.
func (k *keys) current() *tls.Config {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	now := k.look()
	if slices.EqualFunc(k.seen, now, same) {
		return k.config
	}
	config, err := k.settings.load()
	if err != nil {
		k.tell(err)
		return k.config
	}
	k.config, k.seen, k.complained = config, now, ""
	return config
}

func (k *keys) tell(err error) {
	if k.complain != nil && err.Error() != k.complained {
		k.complain(fmt.Errorf("serve metrics with the certificate from before: %w", err))
	}
	k.complained = err.Error()
}

// look returns the files as they are, nil for one that is not there.
func (k *keys) look() []os.FileInfo {
	var seen []os.FileInfo
	for _, name := range []string{k.settings.CertFile, k.settings.KeyFile, k.settings.ClientCAFile} {
		info, _ := os.Stat(name)
		seen = append(seen, info)
	}
	return seen
}

func same(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
