package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"cert-health/hub/internal/platform"
	"cert-health/internal/explain"
	"cert-health/internal/trust"
)

// explainPage is a field for a log, what the log says, and who can talk to whom.
type explainPage struct {
	Error  string
	Answer *answer // nil before a log was given
	Matrix matrixPart
	Blind  []string
}

// explainTime bounds an explanation.
const explainTime = 30 * time.Second

func (p *Pages) explain(w http.ResponseWriter, r *http.Request, look *platform.Look) {
	f, ok := p.filtered(w, r, "/explain", "from", "to")
	if !ok {
		return
	}
	p.showExplain(w, r, http.StatusOK, look, f, explainPage{})
}

func (p *Pages) showExplain(w http.ResponseWriter, r *http.Request, status int, look *platform.Look, f filter, body explainPage) {
	shown := p.page(r, "explain", "Explain")
	shown.Self = "/explain"
	shown.Secret = r.Method == http.MethodPost // what people paste is not kept by a browser
	body.Matrix, body.Blind = matrixOf(look, f), look.Blind
	shown.JSON, _ = twins("/v1/trust", f.copied())
	shown.Body = body
	p.render(w, r, status, "explain", shown)
}

// explainLog answers a log. It is read as it comes, and neither kept nor logged.
func (p *Pages) explainLog(w http.ResponseWriter, r *http.Request, look *platform.Look) {
	none, ok := p.filtered(w, r, "/explain")
	if !ok {
		return
	}
	select {
	case p.explaining <- struct{}{}:
		defer func() { <-p.explaining }()
	default:
		p.showExplain(w, r, http.StatusTooManyRequests, look, none, explainPage{Error: "Other people are reading logs at this moment. Try again in a few seconds."})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), explainTime)
	defer cancel()
	found, err := readLog(ctx, w, r, look)
	switch {
	case r.Context().Err() != nil: // the browser went away
	case err != nil:
		p.showExplain(w, r, http.StatusUnprocessableEntity, look, none, explainPage{Error: upper(err.Error()) + "."})
	default:
		p.showExplain(w, r, http.StatusOK, look, none, explainPage{Answer: answerOf(found, look.At)})
	}
}

var errNoLog = errors.New("there are no lines to read: paste some, or choose a file")

// readLog reads the fields of the form one after the other.
func readLog(ctx context.Context, w http.ResponseWriter, r *http.Request, look *platform.Look) (*explain.Answer, error) {
	r.Body = http.MaxBytesReader(w, r.Body, platform.MaxLog+maxFields)
	fields, err := r.MultipartReader()
	if err != nil {
		return nil, errors.New("the form is not complete: open the page again")
	}
	reading := look.Explain()
	for {
		field, err := fields.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && isLog(field) {
			err = reading.Read(ctx, field)
		}
		if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
			return nil, platform.ErrLong
		}
		if err != nil {
			return nil, err
		}
	}
	answer := reading.Answer()
	if answer.Bytes == 0 {
		return nil, errNoLog
	}
	return answer, nil
}

// maxFields is what a form may have beside its log.
const maxFields = 64 << 10

func isLog(field *multipart.Part) bool {
	return field.FormName() == "log" || field.FormName() == "file"
}

// matrixPart is who can talk to whom.
type matrixPart struct {
	From, To string
	Refused  []edge
	Unknown  []edge
	Trusted  []edge
	Missing  int // edges of which one side is not seen
	Sentence string
	State    string
}

// edge is one line of the matrix.
type edge struct {
	mark
	Name, From, To, Carries, Breaks string
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

func matrixOf(look *platform.Look, f filter) matrixPart {
	m := look.Trust(trust.Filter{From: f.one("from"), To: f.one("to")})
	part := matrixPart{From: f.one("from"), To: f.one("to")}
	for i := range m.Edges {
		switch e := edgeOf(&m.Edges[i], m.At); {
		case len(m.Edges[i].Cells) == 0:
			part.Missing++
		case m.Edges[i].Worst().Refused():
			part.Refused = append(part.Refused, e)
		case m.Edges[i].Worst() == trust.Unknown:
			part.Unknown = append(part.Unknown, e)
		default:
			part.Trusted = append(part.Trusted, e)
		}
	}
	part.State, part.Sentence = part.words()
	return part
}

// words says how it is, in one sentence.
func (m *matrixPart) words() (state, sentence string) {
	switch seen := len(m.Refused) + len(m.Unknown) + len(m.Trusted); {
	case seen == 0:
		return "unverified", "no connection is known of which both sides are seen."
	case len(m.Refused) > 0:
		return "expired", fmt.Sprintf("%s of %s refused.", number(len(m.Refused)), plural(seen, "connection"))
	case len(m.Unknown) > 0:
		return "unverified", "no connection of " + number(seen) + " is known to be refused; of " + number(len(m.Unknown)) + " it is not certain."
	case seen == 1:
		return "ok", "the one connection that is seen is trusted."
	default:
		return "ok", "all " + plural(seen, "connection") + " are trusted."
	}
}

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
