package ingest

import (
	"net/http"

	"cert-health/internal/uplink"
)

// references answers an agent that compares with what the hub knows.
func (i *Intake) references(r *http.Request, from *sender) answer {
	leave, busy := i.gate.enter(r.Context(), from.gateName())
	if busy != nil {
		return *busy
	}
	defer leave()
	var request uplink.ReferencesRequest
	if failed := decode(r, uplink.MaxReferences, &request); failed != nil {
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
	return answer{status: http.StatusOK, body: i.options.References(r.Context(), request)}
}
