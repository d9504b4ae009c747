package rotation_test

import (
	"strings"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/rotation"
	"cert-health/internal/survey"
)

func now() time.Time { return time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC) }

// The certificates of all tables: an old and a new CA, and leaves of them.
type cast struct {
	old, young *survey.Certificate
	of         map[string]*survey.Certificate // leaves by "name/ca"
}

func newCast() *cast {
	c := &cast{of: map[string]*survey.Certificate{}}
	c.old = authority("old", "01", now().AddDate(-1, 0, 0), now().AddDate(1, 0, 0))
	c.young = authority("young", "02", now().AddDate(0, 0, -1), now().AddDate(9, 0, 0))
	return c
}

func authority(name, key string, from, until time.Time) *survey.Certificate {
	return &survey.Certificate{Fingerprint: strings.Repeat(key, 32), Name: name, Subject: "CN=cf_ca", Issuer: "CN=cf_ca", CA: true, KeyID: key, NotBefore: from, NotAfter: until}
}

func (c *cast) leaf(name string, ca *survey.Certificate) *survey.Certificate {
	id := name + "/" + ca.KeyID
	if c.of[id] == nil {
		c.of[id] = &survey.Certificate{Fingerprint: id, Name: name, Subject: "CN=" + name, Issuer: ca.Subject, AuthorityID: ca.KeyID, NotBefore: now().AddDate(0, 0, -1), NotAfter: now().AddDate(0, 6, 0)}
	}
	return c.of[id]
}

// vm is an instance of a table: what it trusts, and whose leaf it has and shows. "o" is the old CA, "y" the new one.
type vm struct {
	name, trusts, has, shows, standing string
}

func (c *cast) ca(letter rune) *survey.Certificate {
	if letter == 'o' {
		return c.old
	}
	return c.young
}

func (c *cast) instance(v vm) *survey.Instance {
	i := &survey.Instance{Deployment: "cf", Group: v.name, ID: "id", Name: v.name + "/0", Standing: survey.Reporting, At: now()}
	if v.standing != "" {
		i.Standing = v.standing
	}
	if v.standing == "missing" {
		i.At = time.Time{}
	}
	for _, letter := range v.trusts {
		i.Places = append(i.Places, survey.Place{Job: v.name, File: "/var/vcap/jobs/" + v.name + "/ca.crt", Role: cert.CA, Certificate: c.ca(letter)})
	}
	for _, letter := range v.has {
		i.Places = append(i.Places, survey.Place{Job: v.name, File: "/var/vcap/jobs/" + v.name + "/tls.crt", Role: cert.Leaf, Certificate: c.leaf(v.name, c.ca(letter))})
	}
	for _, letter := range v.shows {
		i.Shown = append(i.Shown, survey.Shown{Job: v.name, Process: v.name, Address: "10.0.0.1:443", Certificate: c.leaf(v.name, c.ca(letter)), Loaded: v.shows == v.has})
	}
	return i
}

// input is a store and VMs. bundle has the CA that signs first; leaves has one letter for each leaf.
func (c *cast) input(bundle, signs, leaves string, vms ...vm) rotation.Input {
	store := rotation.Store{Product: "Vault", CA: "secret/ca", New: c.young, Old: []*survey.Certificate{c.old}, Signs: c.ca([]rune(signs)[0])}
	for _, letter := range bundle {
		store.Bundle = append(store.Bundle, c.ca(letter))
	}
	for n, letter := range leaves {
		name := string(rune('a' + n))
		store.Leaves = append(store.Leaves, rotation.Leaf{Path: "secret/" + name, Certificate: c.leaf(name, c.ca(letter))})
	}
	s := &survey.Survey{At: now()}
	for _, v := range vms {
		s.Instances = append(s.Instances, c.instance(v))
	}
	return rotation.Input{Store: store, Survey: s}
}
