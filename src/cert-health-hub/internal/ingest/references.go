package ingest

import (
	"context"
	"net/http"

	"cert-health/internal/uplink"
)

// references answers an agent that compares with what the hub knows. Its answer may be large, so that an agent
// which does not read it gets only a few.
func (i *Intake) references(r *http.Request, from *sender) answer {
	visit, failed := i.gate.enter(r, from.gateName(), uplink.MaxReferences)
	if failed != nil {
		return *failed
	}
	defer visit.leave()
	a := i.compare(r.Context(), visit.body, from)
	a.written = visit.end
	return a
}

func (i *Intake) compare(ctx context.Context, body []byte, from *sender) answer {
	var request uplink.ReferencesRequest
	if failed := decode(body, &request); failed != nil {
		return *failed
	}
	if request.Schema != uplink.Schema {
		return refuse(http.StatusBadRequest, errSchema.Error())
	}
	key, err := keyOf(request.Instance)
	if err != nil {
		return refuse(http.StatusBadRequest, err.Error())
	}
	if refused := i.admit(from, key, i.clock.Now()); refused != nil {
		return *refused
	}
	if i.options.References == nil {
		return refuse(http.StatusNotFound, "this hub answers no questions for references")
	}
	return answer{status: http.StatusOK, body: i.options.References(ctx, request)}
}
