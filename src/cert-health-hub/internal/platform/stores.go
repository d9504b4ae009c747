package platform

import (
	"fmt"
	"strconv"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/survey"
)

// addStores adds what the stores hold now, and says which cannot be seen.
func addStores(b *survey.Builder, v *catalog.View) {
	if v == nil {
		return
	}
	for _, source := range v.Sources() {
		if source.State != catalog.SourceOK {
			b.Blind(fmt.Sprintf("the source %s is not seen in full: %s", source.Name, source.Reason))
		}
	}
	for item := range v.Items() {
		source, known := v.Source(item.Source)
		if product := catalog.StoreTitle(source.Type, item.Kind); known && product != "" {
			addItem(b, v, item, product)
		}
	}
}

// addItem adds each key of a secret with what it holds now: first the current version, then what is handed out
// beside it while a CA is rotated.
func addItem(b *survey.Builder, v *catalog.View, item *inventory.Stored, product string) {
	var keys []string
	held := map[string]*survey.Secret{}
	for _, state := range []inventory.State{inventory.Current, inventory.Transitional} {
		for _, s := range item.Sightings {
			e, known := v.Certificate(s.Certificate)
			if !known || s.State != state || s.Certificate.Described() {
				continue
			}
			own := b.Certificate(certificateOf(e))
			secret := held[s.Place]
			if secret == nil {
				secret = &survey.Secret{Store: product, Path: item.Path, Key: s.Place, Since: s.Since, NotAfter: own.NotAfter}
				secret.Version, _ = strconv.Atoi(s.Version)
				held[s.Place], keys = secret, append(keys, s.Place)
			}
			secret.Certificates = append(secret.Certificates, own)
		}
	}
	for _, key := range keys {
		b.Secret(*held[key])
	}
}

func certificateOf(e *catalog.Entry) survey.Certificate {
	return survey.Certificate{Fingerprint: string(e.ID), Name: e.Name(), Subject: e.Subject, Issuer: e.Issuer, Serial: e.Serial, SANs: e.SANs,
		NotBefore: e.NotBefore, NotAfter: e.NotAfter, Key: e.KeyName(), Usages: e.ExtKeyUsage, CA: e.CA, KeyID: e.KeyID, AuthorityID: e.AuthorityKeyID}
}
