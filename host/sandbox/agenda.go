package sandbox

import (
	"context"
	"sync"
	"time"
)

// agenda holds everything the sandbox has planned and everything it is doing on its own account, so that closing it
// leaves neither timers nor goroutines behind.
type agenda struct {
	clock  Clock
	ctx    context.Context
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	last    int
	pending map[int]func() bool
}

func newAgenda(clock Clock) *agenda {
	ctx, cancel := context.WithCancel(context.Background())
	return &agenda{clock: clock, ctx: ctx, cancel: cancel, pending: map[int]func() bool{}}
}

// after runs task once d has passed. The context ends when the agenda is closed. The function it returns gives the plan up.
func (a *agenda) after(d time.Duration, task func(context.Context)) (forget func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return func() {}
	}
	a.last++
	number := a.last
	// The timer may fire before AfterFunc returns; begin then waits for the lock held here.
	a.pending[number] = a.clock.AfterFunc(d, func() {
		if a.begin(number) {
			defer a.tasks.Done()
			task(a.ctx)
		}
	})
	return func() { a.forget(number) }
}

func (a *agenda) forget(number int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if stop, planned := a.pending[number]; planned {
		delete(a.pending, number)
		stop()
	}
}

// clear gives up everything that is planned.
func (a *agenda) clear() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, stop := range a.pending {
		stop()
	}
	clear(a.pending)
}

func (a *agenda) begin(number int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.pending, number)
	if a.closed {
		return false
	}
	a.tasks.Add(1)
	return true
}

// close forgets what is planned, stops what is running and waits for it.
func (a *agenda) close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.clear()
	a.cancel()
	a.tasks.Wait()
}
