package source

import (
	"maps"
	"strings"
	"sync"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/uplink"
	"cert-health/internal/verdict"
)

// words are the words and steps with which findings name and repair the store behind the hub. They
// implement verdict.Source, and are safe for concurrent use.
type words struct {
	vault verdict.Source // the words of Vault
	mutex sync.Mutex
	name  string // of the product; empty: several, or not known
	steps uplink.Remedies
}

// learn takes the name of the product and the steps from an answer.
func (w *words) learn(got *uplink.ReferencesAnswer, secrets []reference.Secret) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if len(secrets) > 0 || w.name == "" {
		w.name = report.Printable(report.Short(got.Title))
	}
	if w.steps == nil {
		w.steps = uplink.Remedies{}
	}
	for _, secret := range secrets {
		delete(w.steps, secret.String())
		if steps := got.Remedies[secret.String()]; steps != nil {
			w.steps[secret.String()] = steps
		}
	}
}

// recall takes the name of the product from what is known from before.
func (w *words) recall(k *reference.Knowledge) {
	names := map[string]bool{}
	for i := range k.Secrets {
		names[product(k.Secrets[i].Path)] = true
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if len(names) == 1 {
		for name := range maps.Keys(names) {
			w.name = name
		}
	}
}

// product is what holds a secret: only the paths of CredHub begin with a slash.
func product(path reference.Path) string {
	if inCredHub(path.Mount) {
		return "CredHub"
	}
	return "Vault"
}

func inCredHub(mount string) bool {
	_, plain := qualified(mount)
	return strings.HasPrefix(plain, "/")
}

// qualified splits the name of a store from a path: the hub writes it if there are several stores of
// one type.
func qualified(path string) (store, plain string) {
	store, plain, found := strings.Cut(path, ":")
	if !found || strings.Contains(store, "/") {
		return "", path
	}
	return store, plain
}

// Name implements verdict.Source.
func (w *words) Name() string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.name == "" {
		return Title
	}
	return w.name
}

// Place implements verdict.Source.
func (w *words) Place(r cert.Reference) string { return r.FullPath() }

// Steps implements verdict.Source. The steps in Vault depend on the deployed certificate.
func (w *words) Steps(action verdict.Action, h verdict.Held) []verdict.Step {
	if action == verdict.Narrow {
		return []verdict.Step{verdict.Do("name the deployment's own paths in cert_health.reference_paths")}
	}
	if steps := w.given(action, h); len(steps) > 0 {
		return steps
	}
	store, mount := qualified(h.Mount)
	switch {
	case inCredHub(h.Mount):
		return credhub(action, mount, h)
	case w.vault == nil:
		return nil
	case store == "":
		return w.vault.Steps(action, h)
	}
	h.Mount = mount
	if h.Signer != nil {
		signer := *h.Signer
		_, signer.Mount = qualified(signer.Mount)
		h.Signer = &signer
	}
	steps := w.vault.Steps(action, h)
	if len(steps) == 0 {
		return nil
	}
	return append([]verdict.Step{verdict.Do("in the Vault that the hub calls %s:", store)}, steps...)
}

// given are the steps that the hub has sent.
func (w *words) given(action verdict.Action, h verdict.Held) []verdict.Step {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.steps[h.FullPath()][uplink.ActionName(action)]
}

// credhub are the steps for a credential of which the hub has not sent any since the agent started.
func credhub(action verdict.Action, mount string, h verdict.Held) []verdict.Step {
	if action != verdict.Renew && action != verdict.Reissue || h.Key != "certificate" || h.Certificate == nil || h.Certificate.CA {
		return nil
	}
	return []verdict.Step{verdict.Run("credhub", "regenerate", "-n", mount+h.Path)}
}
