package fleet

import (
	"container/heap"
	"sync"
	"sync/atomic"
	"time"
)

// event is the next poll of one VM.
type event struct {
	at time.Time
	vm *vm
}

// schedule is the simulated time. It advances to the next event as soon as a worker is free, so
// that an hour takes only as long as its requests.
type schedule struct {
	mutex  sync.Mutex
	events events
}

func (s *schedule) add(at time.Time, v *vm) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	heap.Push(&s.events, event{at, v})
}

// pop returns the next event before a time.
func (s *schedule) pop(before time.Time) (next event, ok bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.events) == 0 || !s.events[0].at.Before(before) {
		return event{}, false
	}
	next, ok = heap.Pop(&s.events).(event)
	return next, ok
}

// workers is the number of VMs that poll at once. It keeps two cores busy, and the events almost in
// order.
const workers = 4

// run runs all polls that are due before a time. Each VM polls again.
func (s *schedule) run(before time.Time, poll func(event)) {
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for next, ok := s.pop(before); ok; next, ok = s.pop(before) {
				poll(next)
				s.add(next.at.Add(next.vm.next()), next.vm)
			}
		})
	}
	group.Wait()
}

// events implement heap.Interface.
type events []event

func (e events) Len() int           { return len(e) }
func (e events) Less(i, j int) bool { return e[i].at.Before(e[j].at) }
func (e events) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)        { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := len(*e) - 1
	next := (*e)[last]
	*e = (*e)[:last]
	return next
}

// inParallel calls a function for each number below count, until one fails.
func inParallel(count int, do func(int) error) error {
	var next atomic.Int64
	var group sync.WaitGroup
	var once sync.Once
	var failed error
	for range workers {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < count; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					once.Do(func() { failed = err })
					next.Store(int64(count))
				}
			}
		})
	}
	group.Wait()
	return failed
}
