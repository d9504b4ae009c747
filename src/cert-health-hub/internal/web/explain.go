package web

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"time"

	"cert-health/hub/internal/platform"
	"cert-health/internal/explain"
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
	f, ok := p.filtered(w, r, "/explain", "from", "to", "after")
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
