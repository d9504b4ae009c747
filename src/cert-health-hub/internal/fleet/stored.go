package fleet

import (
	"bytes"
	"encoding/json"
	"hash/maphash"

	"cert-health/internal/report"
)

// Decoder reads stored reports. The same certificate has the same bytes in the reports of many instances: it is
// decoded once. A decoder is for one goroutine.
type Decoder struct {
	known  map[string]map[string]held // by the name of the source, and the bytes
	size   int                        // of the bytes
	once   map[uint64]bool            // digests of the bytes that were seen
	seed   maphash.Seed
	packed bytes.Buffer
}

// The bounds of what a decoder keeps: bytes of certificates that several reports have, and digests.
const (
	mostKnown = 16 << 20
	mostOnce  = 500_000
)

// depends are the bytes of a certificate that is read together with another part of the report.
const depends = `"not_loaded"`

// Read is what Read takes from the report.
func (d *Decoder) Read(text []byte) (*Member, error) {
	if p, ok := split(text); ok {
		var source report.Source
		if json.Unmarshal(p.reference, &source) == nil {
			return d.read(p, sourceTitle(source))
		}
	}
	r, err := report.Parse(text)
	if err != nil {
		return nil, err
	}
	return Read(r), nil
}

// read decodes the certificates that are not known in a report of their own.
func (d *Decoder) read(p pieces, title string) (*Member, error) {
	known := d.knownOf(title)
	m := &Member{held: make([]held, len(p.certificates))}
	var unknown []int
	for n, raw := range p.certificates {
		has := false
		if m.held[n], has = known[string(raw)]; !has {
			unknown = append(unknown, n)
		}
	}
	r, err := report.Parse(d.only(p, unknown))
	if err != nil {
		return nil, err
	}
	for at, h := range Read(r).held {
		n := unknown[at]
		m.held[n] = h
		if raw := p.certificates[n]; d.again(raw) && d.size+len(raw) <= mostKnown && !bytes.Contains(raw, []byte(depends)) {
			known[string(raw)] = h
			d.size += len(raw)
		}
	}
	return m, nil
}

// again tells whether the same bytes were seen before. A certificate of one instance alone is not worth keeping.
func (d *Decoder) again(raw []byte) bool {
	if d.once == nil || len(d.once) >= mostOnce {
		d.once, d.seed = map[uint64]bool{}, maphash.MakeSeed()
	}
	digest := maphash.Bytes(d.seed, raw)
	before := d.once[digest]
	d.once[digest] = true
	return before
}

func (d *Decoder) knownOf(title string) map[string]held {
	if d.known == nil {
		d.known = map[string]map[string]held{}
	}
	if d.known[title] == nil && len(d.known) < 100 {
		d.known[title] = map[string]held{}
	}
	if known := d.known[title]; known != nil {
		return known
	}
	return map[string]held{}
}

// only is the report with some of its certificates, and what belongs to them.
func (d *Decoder) only(p pieces, which []int) []byte {
	d.packed.Reset()
	d.packed.WriteString(`{"schema":`)
	d.packed.Write(p.schema)
	d.packed.WriteString(`,"reference":`)
	d.packed.Write(p.reference)
	together := false
	d.packed.WriteString(`,"certificates":[`)
	for i, n := range which {
		if i > 0 {
			d.packed.WriteByte(',')
		}
		d.packed.Write(p.certificates[n])
		together = together || bytes.Contains(p.certificates[n], []byte(depends))
	}
	d.packed.WriteByte(']')
	if together && p.served != nil {
		d.packed.WriteString(`,"served":`)
		d.packed.Write(p.served)
	}
	d.packed.WriteByte('}')
	return d.packed.Bytes()
}
