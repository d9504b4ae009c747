package verdict

import (
	"cmp"
	"path"
	"slices"

	"cert-health/internal/cert"
)

// bundle are the CAs of one file, in the order in which they stand in it.
type bundle struct {
	members  []member
	position map[cert.Fingerprint]int // of the first member with this fingerprint
}

// member is a CA at one of its places.
type member struct {
	*cert.Deployed
	at cert.Location
}

// bundles lists the CAs of each file.
func bundles(facts Facts) map[string]*bundle {
	files := map[string]*bundle{}
	for i := range facts.Deployed {
		d := &facts.Deployed[i]
		if !d.Certificate.CA {
			continue
		}
		for _, l := range d.Locations {
			if files[l.File] == nil {
				files[l.File] = &bundle{}
			}
			files[l.File].members = append(files[l.File].members, member{d, l})
		}
	}
	for _, b := range files {
		b.sort()
	}
	return files
}

func (b *bundle) sort() {
	slices.SortStableFunc(b.members, func(a, b member) int { return cmp.Compare(a.at.Line, b.at.Line) })
	b.position = make(map[cert.Fingerprint]int, len(b.members))
	for i, m := range b.members {
		if _, known := b.position[m.Certificate.Fingerprint]; !known {
			b.position[m.Certificate.Fingerprint] = i
		}
	}
}

// index is the position of a CA; -1 if the bundle does not hold it. There may be no bundle.
func (b *bundle) index(f cert.Fingerprint) int {
	if b != nil {
		if i, known := b.position[f]; known {
			return i
		}
	}
	return -1
}

// directories tells what is in each directory, without the directories below it.
func directories(facts Facts) map[string]*directory {
	all := map[string]*directory{}
	of := func(file string) *directory {
		name := path.Dir(file)
		if all[name] == nil {
			all[name] = &directory{}
		}
		return all[name]
	}
	for i := range facts.Deployed {
		d := &facts.Deployed[i]
		for _, l := range d.Locations {
			of(l.File).add(member{d, l})
		}
	}
	for _, file := range facts.Keys {
		of(file).other = true
	}
	return all
}

// directory are the CAs in the files of one directory.
type directory struct {
	members []member
	other   bool // leaves or private keys are there too
}

func (d *directory) add(m member) {
	if !m.Certificate.CA || m.at.SentWithLeaf {
		d.other = true
		return
	}
	d.members = append(d.members, m)
}
