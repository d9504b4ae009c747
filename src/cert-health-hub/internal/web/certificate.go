package web

import (
	"net/http"
	"strings"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/inventory"
)

// The most that the page of one certificate lists. The number of all is always shown.
const (
	mostPlacements = 200
	mostSigned     = 50
	mostSANs       = 100
)

// certificatePage is everything about one certificate.
type certificatePage struct {
	row
	Ends        ago
	Fingerprint string // in the form of openssl; empty if the bytes are not known
	Names       []string
	MoreNames   int
	Places      []catalog.Placement
	MorePlaces  int
	Details     []placeDetails
	Signers     []row // the CA that signed it, the CA of that, and so on
	Signed      []row
	AllSigned   int
	Generations []generation
	OnVMs       []onVMs
	MoreOnVMs   count // all deployments, if not all are listed
	Radius      *radius
	Ack         ackForm
	CanAck      bool
}

// placeDetails are what a source says about one item.
type placeDetails struct {
	Path    string
	Details []inventory.Detail
}

// generation is one of the certificates that follow each other at the same places.
type generation struct {
	row
	This  bool
	Newer bool
}

// ackForm is the form for an acknowledgement, with what was wrong with the last try.
type ackForm struct {
	Until, Reason, Error string
	Least, Most          string // dates
}

func (p *Pages) certificate(w http.ResponseWriter, r *http.Request) {
	p.showCertificate(w, r, http.StatusOK, ackForm{})
}

func (p *Pages) showCertificate(w http.ResponseWriter, r *http.Request, status int, ack ackForm) {
	v := p.view()
	id := inventory.ID(strings.ToLower(r.PathValue("id")))
	e, known := v.Certificate(id)
	if !known && p.onlyOnVMs(w, r, id) {
		return
	}
	if !known {
		p.fail(w, r, http.StatusNotFound, "The hub does not know this certificate",
			"No source shows it, or its last sighting is more than 90 days old. Search for its name.")
		return
	}
	shown := p.page(r, "certificates", short(e.Name()))
	shown.Self, shown.JSON = certificateURL(e.ID), "/v1/certificates/"+string(e.ID)
	body := certificateOf(v, e)
	body.OnVMs, body.MoreOnVMs = p.onVMs(id)
	body.Radius = p.radiusOf(r, id)
	body.CanAck, body.Ack = shown.Person.Operator && p.Acks != nil, p.defaults(ack)
	shown.Body = body
	p.render(w, r, status, "certificate", shown)
}

func certificateOf(v *catalog.View, e *catalog.Entry) certificatePage {
	body := certificatePage{row: rowOf(e, v.Now()), Ends: agoOf(v.Now(), e.NotAfter)}
	if !e.ID.Described() {
		body.Fingerprint = colons(string(e.ID))
	}
	body.Names = e.SANs[:min(mostSANs, len(e.SANs))]
	body.MoreNames = len(e.SANs) - len(body.Names)
	body.Places = e.Placements[:min(mostPlacements, len(e.Placements))]
	body.MorePlaces = len(e.Placements) - len(body.Places)
	body.Details = detailsOf(body.Places)
	body.Signers = signersOf(v, e)
	signed := v.Signs(e)
	body.AllSigned = len(signed)
	body.Signed = rowsOf(signed[:min(mostSigned, len(signed))], v.Now())
	body.Generations = generationsOf(v, e)
	return body
}

// colons writes a fingerprint as openssl does.
func colons(digits string) string {
	var out strings.Builder
	for i := 0; i+1 < len(digits); i += 2 {
		if i > 0 {
			out.WriteByte(':')
		}
		out.WriteString(strings.ToUpper(digits[i : i+2]))
	}
	return out.String()
}

func detailsOf(places []catalog.Placement) []placeDetails {
	var list []placeDetails
	seen := map[string]bool{}
	for _, place := range places {
		key := place.Source + "\x00" + place.Path
		if details := place.Details(); len(details) > 0 && !seen[key] {
			list = append(list, placeDetails{place.Path, details})
		}
		seen[key] = true
	}
	return list
}

// longestChain bounds the CAs above a certificate. CAs can sign each other in a circle.
const longestChain = 10

func signersOf(v *catalog.View, e *catalog.Entry) []row {
	var chain []row
	for at := e; at.Signer != "" && len(chain) < longestChain; {
		signer, known := v.Certificate(at.Signer)
		if !known {
			break
		}
		chain = append(chain, rowOf(signer, v.Now()))
		at = signer
	}
	return chain
}

// generationsOf are all generations, the newest first, if there is more than one.
func generationsOf(v *catalog.View, e *catalog.Entry) []generation {
	siblings := v.Siblings(e)
	if len(siblings) == 0 {
		return nil
	}
	var list []generation
	placed := false
	for _, other := range siblings {
		newer := other.NotBefore.After(e.NotBefore)
		if !newer && !placed {
			list, placed = append(list, generation{rowOf(e, v.Now()), true, false}), true
		}
		list = append(list, generation{rowOf(other, v.Now()), false, newer})
	}
	if !placed {
		list = append(list, generation{rowOf(e, v.Now()), true, false})
	}
	return list
}

// defaults fills the form: thirty days, if the person has not chosen yet.
func (p *Pages) defaults(form ackForm) ackForm {
	now := p.Now()
	form.Least, form.Most = date(now.Add(day)), date(now.Add(longestAck))
	if form.Until == "" {
		form.Until = date(now.Add(30 * day))
	}
	return form
}

// longestAck is the longest time for which people may acknowledge, as in the API. What is acknowledged
// without an end is forgotten.
const longestAck = 365 * day
