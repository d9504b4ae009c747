package rotator

import (
	"context"
	"sync"

	"cert-health/internal/survey"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/keep"
)

// maxHistory is how many earlier versions of the secret of a CA are read.
const maxHistory = 10

// history reads which CAs the secret held before: VMs may still trust them, and have leaves of them.
func (v *Vault) history(ctx context.Context, b *survey.Builder) error {
	for version := v.own.Version() - 1; v.own.Mount.Version == 2 && version > max(0, v.own.Version()-1-maxHistory); version-- {
		older, err := v.Clerk.Store.Older(ctx, v.own, version)
		if err != nil {
			return err
		}
		chain, err := older.Chain()
		older.Wipe()
		if err != nil {
			continue // it was deleted, or holds something else
		}
		for _, c := range chain {
			v.former = append(v.former, v.add(b, c).Fingerprint)
		}
	}
	return nil
}

// tree reads all secrets in which leaves or copies of the CA may be.
func (v *Vault) tree(ctx context.Context, b *survey.Builder) error {
	roots := v.Clerk.Roots
	if len(roots) == 0 {
		roots = []string{v.own.Mount.Path}
	}
	readers := make([]client.Reader, v.Clerk.Store.Client.Concurrency())
	var mutex sync.Mutex
	seen := map[string]bool{}
	visit := func(ctx context.Context, worker int, m client.Mount, path string) error {
		read, err := v.Clerk.Store.Client.ReadSecret(ctx, m, path, 0, &readers[worker])
		mutex.Lock()
		defer mutex.Unlock()
		if v.Clerk.Step != nil {
			v.Clerk.Step()
		}
		if full := m.Path + path; err == nil && !read.Deleted && !seen[full] && !v.isOwn(full) {
			seen[full] = true
			v.secret(b, full, read)
		}
		return err
	}
	problem := func(path, reason string) {
		mutex.Lock()
		defer mutex.Unlock()
		v.unread = append(v.unread, keep.Problem{Path: path, Reason: reason})
	}
	for _, root := range roots {
		v.Clerk.Store.Client.Walk(ctx, root, &client.Visitor{Secret: visit, Problem: problem, Max: v.Clerk.Most, Before: len(seen)})
	}
	return ctx.Err()
}

func (v *Vault) isOwn(path string) bool {
	return path == v.own.Full() || path == v.next.Full() || path == v.prev.Full()
}

func (v *Vault) secret(b *survey.Builder, full string, read client.SecretVersion) {
	for _, contents := range read.Contents {
		own := survey.Secret{Store: vaultName, Path: full, Key: contents.Key, Version: read.Version, Since: read.Created}
		for _, c := range contents.Certificates {
			v.nouns[c.Fingerprint.String()] = c
			own.Certificates = append(own.Certificates, b.Certificate(noun(c)))
		}
		own.NotAfter = own.Certificates[0].NotAfter
		b.Secret(own)
		v.keyless[full] = v.keyless[full] || contents.Key == keep.CertificateKey && read.Keyless
	}
}
