package pairing

import (
	"cmp"
	"path"
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
)

// crossing is the search for pairs in different files: one file contains the certificate
// with its chain and without a key, the other file only the key.
type crossing struct {
	deployed []cert.Deployed
	files    []File
	keys     []int       // the files that contain only one key, sorted by path
	placed   []placement // the certificates that can belong to these keys, sorted by path

	matched map[placed]bool // certificates that have their key
	taken   map[int]bool    // files whose key has its certificate, according to another file
	couples []couple
}

// placed is one location of a certificate: indexes of the certificate and of its location.
type placed struct{ certificate, location int }

type placement struct {
	file string
	placed
}

// couple is a certificate and a file with a key that are used together and do not match.
type couple struct {
	placed
	key int
	by  evidence
}

// across finds mismatches in different files: files that a third file names together, and
// files beside each other. The third file is the stronger evidence.
func across(deployed []cert.Deployed, files []File) []cert.Mismatch {
	c := &crossing{deployed: deployed, files: files, matched: map[placed]bool{}, taken: map[int]bool{}}
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
		if c.matched[couple.placed] || couple.by == beside && c.taken[couple.key] {
			continue
		}
		c.matched[couple.placed] = true // report it once
		found = append(found, couple)
	}
	slices.SortStableFunc(found, func(a, b couple) int {
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

// keyFiles lists the files that contain one key, once or several times, and no certificate.
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
	slices.SortStableFunc(c.keys, func(a, b int) int { return cmp.Compare(c.files[a].Path, c.files[b].Path) })
}

// placements lists the certificates in files without a key that are beside the files of
// keys, or that are mentioned.
func (c *crossing) placements() {
	dirs, wanted, both := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, i := range c.keys {
		dirs[path.Dir(c.files[i].Path)] = true
	}
	for i := range c.files {
		f := &c.files[i]
		if len(f.Clues.Keys) > 0 && len(f.Certificates) > 0 {
			both[f.Path] = true
		}
		for _, m := range f.Clues.Mentions {
			if !dirs[path.Dir(m.Path)] {
				wanted[m.Path] = true
			}
		}
	}
	for n, deployed := range c.deployed {
		for l := range deployed.Locations {
			file := deployed.Locations[l].File
			if (dirs[path.Dir(file)] || wanted[file]) && !both[file] && !deployed.Locations[l].Form.KeysInside() {
				c.placed = append(c.placed, placement{file, placed{n, l}})
			}
		}
	}
	slices.SortStableFunc(c.placed, func(a, b placement) int { return cmp.Compare(a.file, b.file) })
}

// candidates are the certificates of a file to which a key in another file can belong: its
// leaf, or a single CA. A collection of different leaves has none.
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
