package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"cert-health/hub/internal/standin/director"
	"cert-health/internal/report"
	"cert-health/internal/uplink"
)

// The fleet: the VMs of the story, and more Diego cells. The first cell is that of the story.
const (
	deployment = "cf"
	moreCells  = 100
	reached    = 60 // the last cell that the deploy reached
	withoutOne = 77 // the cell without an agent
)

// The trees of the VMs, by the names of their directories. A cell that the deploy did not reach has the
// certificates of before; one that it reached has those of the story's cell.
const (
	treeAPI       = "api"
	treeBBS       = "bbs"
	treeCell      = "cell"
	treeUnreached = "unreached"
)

func trees() []string { return []string{treeBBS, treeAPI, treeCell, treeUnreached} }

// reportFile is the file with the report of a tree.
func reportFile(dir, tree string) string { return filepath.Join(dir, tree+".json") }

// vm is an instance of the fleet.
type vm struct {
	report.Instance
	index  int
	report json.RawMessage // nil: it has no agent
	digest string
	count  uint64 // of its sequence
}

// fleet makes the VMs from the reports of the trees.
func fleet(dir string) (all []*vm, err error) {
	read := map[string]*report.Report{}
	for _, tree := range trees() {
		contents, err := os.ReadFile(reportFile(dir, tree))
		if err != nil {
			return nil, err
		}
		if read[tree], err = report.Parse(contents); err != nil {
			return nil, fmt.Errorf("read the report of %s: %w", tree, err)
		}
	}
	for _, tree := range []string{treeBBS, treeAPI, treeCell} {
		all = append(all, &vm{Instance: read[tree].Instance})
		if err := all[len(all)-1].has(read[tree]); err != nil {
			return nil, err
		}
	}
	cells, err := moreOf(read)
	return append(all, cells...), err
}

// moreOf makes the cells that are simulated.
func moreOf(read map[string]*report.Report) (cells []*vm, err error) {
	for index := 1; index <= moreCells && err == nil; index++ {
		cell := &vm{index: index, Instance: read[treeCell].Instance}
		cell.ID, cell.AZ = identity(index), fmt.Sprintf("z%d", 1+index%3)
		cells = append(cells, cell)
		switch {
		case index == withoutOne:
		case index <= reached:
			err = cell.has(read[treeCell])
		default:
			err = cell.has(read[treeUnreached])
		}
	}
	return cells, err
}

// has gives the VM a report.
func (v *vm) has(r *report.Report) (err error) {
	own := *r
	own.Instance = v.Instance
	if v.digest, err = uplink.Digest(&own); err != nil {
		return err
	}
	v.report, err = json.Marshal(&own)
	return err
}

// identity is the ID of a cell.
func identity(index int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "cell %d", index))
	id := hex.EncodeToString(sum[:16])
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
}

// listed are the VMs as the Director lists them.
func listed(all []*vm) (list []director.Instance) {
	for _, v := range all {
		list = append(list, director.Instance{AgentID: "agent-" + v.ID, CID: "vm-" + v.ID, Job: v.Group, Index: v.index, ID: v.ID, AZ: v.AZ,
			IPs: []string{loopback}, ExpectsVM: true, State: "started"})
	}
	return list
}

// reporting counts the VMs with an agent.
func reporting(all []*vm) (count int) {
	for _, v := range all {
		if v.report != nil {
			count++
		}
	}
	return count
}
