package trust

import (
	"fmt"
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/survey"
)

// inGroup tells whether an instance is meant by GROUP, DEPLOYMENT/GROUP or a deployment.
func inGroup(i *survey.Instance, target string) bool {
	return i.Group == target || i.Deployment+"/"+i.Group == target || i.Deployment == target || i.Key() == target || i.Name == target
}

func deploy(s *survey.Survey, target string) (*survey.Survey, error) {
	held := map[string]*survey.Secret{}
	for _, secret := range s.Secrets {
		held[secret.Name()] = secret
	}
	found := false
	next, _ := changed(s, func(i *survey.Instance) []survey.Place {
		if !inGroup(i, target) {
			return nil
		}
		found = true
		return deployed(i.Places, held)
	})
	if !found {
		return nil, fmt.Errorf("no instance group or deployment is called %q: cert-health trust --format json names them", target)
	}
	return next, nil
}

// deployed are places with what the stores hold.
func deployed(places []survey.Place, held map[string]*survey.Secret) []survey.Place {
	next := make([]survey.Place, 0, len(places))
	for _, p := range places {
		secret := held[p.Secret]
		if p.Secret == "" || secret == nil || len(secret.Certificates) == 0 {
			next = append(next, p)
			continue
		}
		for _, c := range successors(&p, secret) {
			own := p
			own.Certificate = c
			if !slices.ContainsFunc(next, func(q survey.Place) bool { return q.File == p.File && q.Line == p.Line && q.Certificate == c }) {
				next = append(next, own)
			}
		}
	}
	return next
}

// successors are the certificates of a secret that belong in a place.
func successors(p *survey.Place, secret *survey.Secret) []*survey.Certificate {
	first := secret.Certificates[:1]
	if p.Role == cert.Leaf || secret.Certificates[0].Subject == "" {
		return first
	}
	var cas []*survey.Certificate
	for _, c := range secret.Certificates {
		if c.CA {
			cas = append(cas, c)
		}
	}
	if len(cas) == 0 {
		return first
	}
	return cas
}

// restarted is what processes show after a restart: what their files hold.
func restarted(i *survey.Instance) []survey.Shown {
	shown := slices.Clone(i.Shown)
	for n := range shown {
		s := &shown[n]
		at := slices.IndexFunc(i.Places, func(p survey.Place) bool { return p.Job == s.Job && p.Certificate == s.Certificate })
		if at < 0 && s.Job != "" {
			at = slices.IndexFunc(i.Places, func(p survey.Place) bool {
				return p.Job == s.Job && p.Role == cert.Leaf && p.Certificate.Name == s.Certificate.Name
			})
		}
		if at >= 0 {
			s.Certificate, s.Loaded = i.Places[at].Certificate, true
		}
	}
	return shown
}
