package remote

import "sync"

// Each calls a function with every item, in a number of goroutines at once, and waits for all. The
// function gets the number of its goroutine.
func Each[T any](workers int, items []T, work func(worker int, item *T)) {
	var wait sync.WaitGroup
	next := make(chan *T)
	for worker := range min(workers, len(items)) {
		wait.Go(func() {
			for item := range next {
				work(worker, item)
			}
		})
	}
	for i := range items {
		next <- &items[i]
	}
	close(next)
	wait.Wait()
}
