package checkout

import (
	"context"
	"sync"
)

// flights counts the calls to Alipay that are under way in this process, by order, so that all who wait for one order
// share its call.
type flights struct {
	mu    sync.Mutex
	calls map[string]*flight
}

type flight struct {
	calls int
	over  chan struct{} // closed when no call is under way any more
}

func (f *flights) begin(order string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calls == nil {
		f.calls = map[string]*flight{}
	}
	one := f.calls[order]
	if one == nil {
		one = &flight{over: make(chan struct{})}
		f.calls[order] = one
	}
	one.calls++
}

func (f *flights) end(order string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one := f.calls[order]
	if one.calls--; one.calls == 0 {
		delete(f.calls, order)
		close(one.over)
	}
}

// tasks counts work that is under way. Unlike a sync.WaitGroup it may be waited for while new work begins.
type tasks struct {
	mu    sync.Mutex
	n     int
	over  chan struct{} // closed when n is 0 again
	spawn func(func())
}

// run runs work in a goroutine of its own.
func (t *tasks) run(work func()) {
	t.mu.Lock()
	if t.n++; t.n == 1 {
		t.over = make(chan struct{})
	}
	t.mu.Unlock()
	t.spawn(func() {
		defer func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			if t.n--; t.n == 0 {
				close(t.over)
			}
		}()
		work()
	})
}

// wait returns when nothing is under way, or the context ends.
func (t *tasks) wait(ctx context.Context) error {
	t.mu.Lock()
	n, over := t.n, t.over
	t.mu.Unlock()
	if n == 0 {
		return nil
	}
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// wait returns when no call about the order is under way, or the context ends. waited tells whether there was one.
func (f *flights) wait(ctx context.Context, order string) (waited bool) {
	f.mu.Lock()
	one := f.calls[order]
	f.mu.Unlock()
	if one == nil {
		return false
	}
	select {
	case <-one.over:
	case <-ctx.Done():
	}
	return true
}
