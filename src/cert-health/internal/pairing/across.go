package pairing

import (
	"cmp"
	"path"
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
)

// crossing is the search for what is used together though it stands in different files:
// in one the certificate, with its chain and no key, in the other the key alone.
type crossing struct {
	deployed []cert.Deployed
	files    []File
	keys     []int       // the files that hold one key, by their paths
	placed   []placement // what may be used with these, by their paths

	well    map[placed]bool // certificates that have their key
	taken   map[int]bool    // files whose key has its certificate, as another file says
	couples []couple
}

// placed is a certificate at one of its places: indexes of what is deployed.
type placed struct{ certificate, location int }

type placement struct {
	file string
	placed
}

// couple is a certificate and the file of a key that are used together and do not belong
// together.
type couple struct {
	placed
	key       int
	mentioned bool // by another file
}

// across finds what stands in different files: those that a third one names together,
// and those that lie side by side. What a third one says has more weight.
func across(deployed []cert.Deployed, files []File) []cert.Mismatch {
	c := &crossing{deployed: deployed, files: files, well: map[placed]bool{}, taken: map[int]bool{}}
	if c.keyFiles(); len(c.keys) == 0 {
		return nil
	}
	c.placements()
	c.byMention()
	c.bySibling()
	return c.mismatches()
}

func (c *crossing) mismatches() []cert.Mismatch {
	var found []couple
	for _, couple := range c.couples { // mentions come first
		if c.well[couple.placed] || !couple.mentioned && c.taken[couple.key] {
			continue
		}
		c.well[couple.placed] = true // enough is said of it
		found = append(found, couple)
	}
	slices.SortFunc(found, func(a, b couple) int {
		return cmp.Or(a.certificate-b.certificate, a.location-b.location)
	})
	list := make([]cert.Mismatch, len(found))
	for i, couple := range found {
		deployed := &c.deployed[couple.certificate]
		list[i] = cert.Mismatch{
			Certificate: deployed.Certificate.Fingerprint,
			At:          deployed.Locations[couple.location],
			Key:         c.files[couple.key].key(0),
		}
	}
	return list
}

// keyFiles lists the files that hold one key, once or several times, and no certificate.
func (c *crossing) keyFiles() {
	for i := range c.files {
		f := &c.files[i]
		if len(f.Clues.Keys) == 0 || len(f.Certificates) > 0 {
			continue
		}
		digest := f.Clues.Keys[0].Digest
		if !slices.ContainsFunc(f.Clues.Keys, func(k found.Key) bool { return k.Digest != digest }) {
			c.keys = append(c.keys, i)
		}
	}
	slices.SortFunc(c.keys, func(a, b int) int { return cmp.Compare(c.files[a].Path, c.files[b].Path) })
}

// placements lists the certificates in files without a key that lie beside the files of
// keys, or are mentioned.
func (c *crossing) placements() {
	folders, wanted, both := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, i := range c.keys {
		folders[path.Dir(c.files[i].Path)] = true
	}
	for i := range c.files {
		f := &c.files[i]
		if len(f.Clues.Keys) > 0 && len(f.Certificates) > 0 {
			both[f.Path] = true
		}
		for _, m := range f.Clues.Mentions {
			if !folders[path.Dir(m.Path)] {
				wanted[m.Path] = true
			}
		}
	}
	for n, deployed := range c.deployed {
		for l := range deployed.Locations {
			file := deployed.Locations[l].File
			if (folders[path.Dir(file)] || wanted[file]) && !both[file] && !deployed.Locations[l].Form.KeysInside() {
				c.placed = append(c.placed, placement{file, placed{n, l}})
			}
		}
	}
	slices.SortStableFunc(c.placed, func(a, b placement) int { return cmp.Compare(a.file, b.file) })
}

// candidates are the certificates of a file that a key in another may belong to: its
// leaf, or a CA that stands alone. A collection of leaves has none.
func (c *crossing) candidates(file []placement) (list []placed, ca bool) {
	for _, p := range file {
		if !c.certificate(p.placed).CA {
			list = append(list, p.placed)
		}
	}
	if len(list) == 0 && len(file) == 1 {
		return []placed{file[0].placed}, true
	}
	several := func(p placed) bool { return c.certificate(p).PublicKey != c.certificate(list[0]).PublicKey }
	if slices.ContainsFunc(list, several) {
		return nil, false
	}
	return list, false
}

func (c *crossing) certificate(p placed) *cert.Certificate {
	return c.deployed[p.certificate].Certificate
}
