package metrics

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
)

// keys are the certificate files in use. They are checked in each handshake and read again
// after a change. If the new files cannot be used, the previous contents stay in use.
type keys struct {
	settings TLS
	onError  func(error)

	mutex    sync.Mutex
	seen     []os.FileInfo
	config   *tls.Config
	reported string
}

func newKeys(t TLS, onError func(error)) (*keys, error) {
	k := &keys{settings: t, onError: onError}
	k.seen = k.stat()
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

// current returns the configuration of the files in their present state.
func (k *keys) current() *tls.Config {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	now := k.stat()
	if slices.EqualFunc(k.seen, now, same) {
		return k.config
	}
	config, err := k.settings.load()
	if err != nil {
		k.report(err)
		return k.config
	}
	k.config, k.seen, k.reported = config, now, ""
	return config
}

func (k *keys) report(err error) {
	if k.onError != nil && err.Error() != k.reported {
		k.onError(fmt.Errorf("serve metrics with the previous certificate: %w", err))
	}
	k.reported = err.Error()
}

// stat returns the state of the files, nil for a missing one.
func (k *keys) stat() []os.FileInfo {
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
