package fleet

import (
	"cmp"
	"slices"
	"strings"
	"unique"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// New makes the view.
func New(in Input) *View {
	if in.Thresholds == (verdict.Thresholds{}) {
		in.Thresholds = verdict.DefaultThresholds()
	}
	v := &View{now: in.Now, thresholds: in.Thresholds, known: in.Known, instances: instancesOf(in), rows: map[string]*Row{}, byPrint: map[string][]*Row{}}
	v.byKey = make(map[inventory.InstanceKey]*Instance, len(v.instances))
	for i := 0; i < len(v.instances); {
		end := i
		for end < len(v.instances) && v.instances[end].Deployment == v.instances[i].Deployment {
			v.byKey[v.instances[end].Key] = v.instances[end]
			end++
		}
		d := newDeployment(v.instances[i:end:end], &in)
		v.deployments = append(v.deployments, d)
		i = end
	}
	v.index()
	v.summary = v.summarize()
	return v
}

func (v *View) index() {
	for _, d := range v.deployments {
		v.sorted = append(v.sorted, d.Rows...)
		for _, row := range d.Rows {
			v.rows[row.ID] = row
			for _, version := range row.Versions {
				if version.Fingerprint != "" {
					v.byPrint[version.Fingerprint] = append(v.byPrint[version.Fingerprint], row)
				}
			}
		}
	}
	sortRows(v.sorted)
}

// pair is what decides to which row of a deployment a certificate belongs.
type pair struct {
	fact     unique.Handle[fact]
	relation unique.Handle[relation]
}

// builder makes the rows of one deployment.
type builder struct {
	*Deployment
	in    *Input
	used  map[place]bool                           // the places that agents name
	links map[unique.Handle[string]]map[place]bool // the places of each identity
	rows  map[string]*Row                          // by identity
	sizes map[string]int                           // instances of each group that are not seen and have no report
}

// entry is one certificate on one instance: the positions of the instance, of what it holds, and of the
// subject in the row.
type entry struct{ instance, held, subject int32 }

// placed is a certificate on an instance.
type placed struct {
	*held
	*subject
}

func newDeployment(list []*Instance, in *Input) *Deployment {
	d := &Deployment{Name: list[0].Deployment, Standings: map[inventory.Standing]int{}, list: list, subjects: map[pair]*subject{}}
	b := &builder{Deployment: d, in: in, used: map[place]bool{}, links: map[unique.Handle[string]]map[place]bool{}, rows: map[string]*Row{}, sizes: map[string]int{}}
	b.count()
	b.link()
	b.place()
	for _, row := range b.rows {
		b.finish(row)
		d.Rows = append(d.Rows, row)
	}
	sortRows(d.Rows)
	d.Rollout = d.rollout(in.Now)
	b.explain()
	return d
}

// count counts the instances by group and standing.
func (b *builder) count() {
	for position, i := range b.list {
		i.position = int32(position)
		if len(b.Groups) == 0 || b.Groups[len(b.Groups)-1].Name != i.Group {
			b.Groups = append(b.Groups, &Group{Name: i.Group, Standings: map[inventory.Standing]int{}})
		}
		g := b.Groups[len(b.Groups)-1]
		g.Standings[i.Standing]++
		b.Standings[i.Standing]++
		if i.Standing == inventory.Deleted {
			continue
		}
		g.Instances++
		b.Instances++
		g.AZs = withName(g.AZs, i.AZ)
		if !i.Seen() && i.member == nil {
			b.sizes[i.Group]++
		}
	}
}

// withName adds a name to an ordered list.
func withName(list []string, name string) []string {
	at, found := slices.BinarySearch(list, name)
	if found || name == "" {
		return list
	}
	return slices.Insert(list, at, name)
}

// sortRows puts the worst rows first.
func sortRows(rows []*Row) {
	slices.SortFunc(rows, func(a, b *Row) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(rank(a.State), rank(b.State)), cmp.Compare(b.Expired, a.Expired),
			strings.Compare(a.Deployment, b.Deployment), strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
}
