package watch

import (
	"time"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
)

// handed is what this hub read from a report before it stored it: the bytes need not be read again.
type handed struct {
	head   inventory.Reporting
	member *fleet.Member
}

// Hand takes what is about to be stored. It is used only if the database then has that very report.
func (s *Service) Hand(head inventory.Reporting, member *fleet.Member) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.handed[head.Key] = handed{head, member}
}

// of tells whether it is what the database has. The time of its receipt tells apart what two hubs received.
func (h handed) of(head inventory.Reporting) bool {
	return h.member != nil && h.head.Digest == head.Digest && h.head.Sequence == head.Sequence && h.head.Client == head.Client && h.head.Peer == head.Peer &&
		h.head.Received.Truncate(time.Microsecond).Equal(head.Received) // as the database keeps it
}

// taken is what was handed over of a report; nil if nothing was.
func (s *Service) taken(head inventory.Reporting) *fleet.Member {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if h := s.handed[head.Key]; h.of(head) {
		return h.member
	}
	return nil
}

// forget drops what the model has now. The caller holds the mutex.
func (s *Service) forget(n *news) {
	for key, head := range n.reporting {
		if s.handed[key].of(head) {
			delete(s.handed, key)
		}
	}
	for _, key := range n.Gone {
		delete(s.handed, key)
	}
}
