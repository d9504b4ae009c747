package alerts

import "context"

// newest passes states to one goroutine that writes them. A state that waits is replaced by a
// newer one.
type newest[T any] struct{ states chan T }

func makeNewest[T any]() newest[T] { return newest[T]{make(chan T, 1)} }

// show takes the newest state. It never waits. Only one goroutine may call it at a time.
func (n newest[T]) show(state T) {
	select {
	case <-n.states: // replaced
	default:
	}
	n.states <- state
}

// run writes each state. When the context ends it writes the last state and returns.
func (n newest[T]) run(ctx context.Context, write func(T)) {
	for {
		select {
		case state := <-n.states:
			write(state)
			continue
		default:
		}
		select {
		case state := <-n.states:
			write(state)
		case <-ctx.Done():
			return
		}
	}
}
