package web

import (
	"strings"
	"time"

	"cert-health/internal/trust"
)

// edge is one line of the matrix.
type edge struct {
	mark
	Name, From, To, Carries, Breaks string
	Was                             string // how it is now, if a step changes it
	Cells                           []cell
	More                            int
}

// cell is one pair of generations.
type cell struct {
	mark
	Client, Server string
	Examples       string
	Why            string
	Now            string // that of processes, if it differs from the files
	Ends           ago
}

// mostCells is how many pairs of one edge are shown. The JSON has all.
const mostCells = 12

func edgeOf(e *trust.EdgeMatrix, now time.Time) edge {
	of := edge{mark: statusMark(e.Worst()), Name: e.Edge.Name, From: strings.Join(e.Edge.Client.Jobs, ", "), To: strings.Join(e.Edge.Server.Jobs, ", "), Carries: e.Edge.Carries, Breaks: e.Edge.Breaks}
	for i := range e.Cells {
		if len(of.Cells) == mostCells {
			of.More = len(e.Cells) - mostCells
			break
		}
		of.Cells = append(of.Cells, cellOf(e, &e.Cells[i], now))
	}
	return of
}

func cellOf(e *trust.EdgeMatrix, c *trust.Cell, now time.Time) cell {
	client, server := &e.Clients[c.Client], &e.Servers[c.Server]
	worst := c.Worst()
	of := cell{mark: statusMark(worst.Status), Client: client.Describe(), Server: server.Describe(), Why: worst.Why, Ends: agoOf(now, worst.Ends)}
	if c.Now != nil && c.Now.Status != c.Files.Status {
		of.Now = "processes: " + c.Now.Status.Word() + "; files: " + c.Files.Status.Word() + ", after a restart of both"
	}
	if len(client.Examples)+len(server.Examples) > 0 {
		of.Examples = strings.Join(append(append([]string{}, client.Examples[:min(2, len(client.Examples))]...), server.Examples[:min(2, len(server.Examples))]...), ", ")
	}
	return of
}

// statusMark is the mark of a handshake.
func statusMark(s trust.Status) mark {
	state := "broken"
	switch s {
	case trust.Trusted:
		state = "ok"
	case trust.Unknown:
		state = "unverified"
	case trust.Expired:
		state = "expired"
	case trust.NotYetValid:
		state = "not_yet_valid"
	}
	return mark{State: state, Word: s.Word()}
}
