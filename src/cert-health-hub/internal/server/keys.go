package server

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
)

// Keys are the hub's certificate and private key. Their files are checked in each handshake and
// read again after a change. If the new files cannot be used, the previous contents stay in use.
type Keys struct {
	certificateFile, keyFile string
	log                      *slog.Logger

	mutex    sync.Mutex
	seen     []os.FileInfo
	pair     *tls.Certificate
	reported string
}

// NewKeys reads the files.
func NewKeys(certificateFile, keyFile string, log *slog.Logger) (*Keys, error) {
	k := &Keys{certificateFile: certificateFile, keyFile: keyFile, log: log}
	k.seen = k.stat()
	var err error
	k.pair, err = k.load()
	return k, err
}

func (k *Keys) load() (*tls.Certificate, error) {
	var pair tls.Certificate
	certificate, err := contents(k.certificateFile)
	if err == nil {
		var key []byte
		key, err = contents(k.keyFile)
		defer clear(key)
		if err == nil {
			pair, err = tls.X509KeyPair(certificate, key)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read the hub's certificate %s and private key %s (cert_health_hub.listen or agents): %w", k.certificateFile, k.keyFile, err)
	}
	return &pair, nil
}

// maxKeyFile bounds a file with a certificate and its chain, or with a key.
const maxKeyFile = 1 << 20

// contents reads a regular file. Each handshake would wait for the writer of a pipe.
func contents(name string) ([]byte, error) {
	file, err := os.OpenFile(filepath.Clean(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxKeyFile {
		return nil, fmt.Errorf("%s is no regular file of at most 1 MiB", name)
	}
	return io.ReadAll(io.LimitReader(file, maxKeyFile))
}

func (k *Keys) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) { return k.current(), nil }

// current returns the pair in the present state of the files.
func (k *Keys) current() *tls.Certificate {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	now := k.stat()
	if slices.EqualFunc(k.seen, now, same) {
		return k.pair
	}
	pair, err := k.load()
	if err != nil {
		if err.Error() != k.reported {
			k.log.Error("the previous certificate stays in use: correct the files", "error", err.Error())
		}
		k.reported = err.Error()
		return k.pair
	}
	k.log.Info("the hub uses a new certificate", "file", k.certificateFile, "not_after", pair.Leaf.NotAfter.UTC())
	k.pair, k.seen, k.reported = pair, now, ""
	return pair
}

// Chain returns the certificates that the hub shows, its own first.
func (k *Keys) Chain() []*x509.Certificate {
	var chain []*x509.Certificate
	for _, der := range k.current().Certificate {
		if parsed, err := x509.ParseCertificate(der); err == nil {
			chain = append(chain, parsed)
		}
	}
	return chain
}

// stat returns the state of the files, nil for a missing one.
func (k *Keys) stat() []os.FileInfo {
	certificate, _ := os.Stat(k.certificateFile)
	key, _ := os.Stat(k.keyFile)
	return []os.FileInfo{certificate, key}
}

func same(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
