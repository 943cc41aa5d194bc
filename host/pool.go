package host

import (
	"context"
	"sync"
)

// pool lends instances, at most a fixed number at a time. The one given back last is lent first, so that a quiet program
// keeps its memory in few, warm instances.
type pool struct {
	create func() (*instance, error)
	slots  chan struct{} // holds one element for every instance that may still be lent
	closed chan struct{}

	mu   sync.Mutex
	idle []*instance
}

func newPool(size int, create func() (*instance, error)) *pool {
	p := &pool{create: create, slots: make(chan struct{}, size), closed: make(chan struct{})}
	for range size {
		p.slots <- struct{}{}
	}
	return p
}

// lend waits for an instance, the end of the context or the end of the pool; waited tells whether it had to.
func (p *pool) lend(ctx context.Context) (lent *instance, waited bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	select {
	case <-p.slots:
	default:
		waited = true
		select {
		case <-p.slots:
		case <-ctx.Done():
			return nil, waited, ctx.Err()
		case <-p.closed:
			return nil, waited, ErrClosed
		}
	}
	if p.isClosed() {
		p.slots <- struct{}{}
		return nil, waited, ErrClosed
	}

	p.mu.Lock()
	if last := len(p.idle) - 1; last >= 0 {
		lent, p.idle = p.idle[last], p.idle[:last]
	}
	p.mu.Unlock()
	if lent == nil {
		if lent, err = p.create(); err != nil {
			p.slots <- struct{}{}
			return nil, waited, err
		}
	}
	return lent, waited, nil
}

// giveBack takes an instance for the next caller.
func (p *pool) giveBack(i *instance) {
	p.mu.Lock()
	p.idle = append(p.idle, i)
	p.mu.Unlock()
	p.slots <- struct{}{}
}

// discard ends an instance; the next caller that finds none idle gets a fresh one.
func (p *pool) discard(i *instance) {
	i.close()
	p.slots <- struct{}{}
}

func (p *pool) isClosed() bool {
	select {
	case <-p.closed:
		return true
	default:
		return false
	}
}

// close refuses new callers and those in line, waits for the calls that run, and ends the idle instances. It is called once.
func (p *pool) close() {
	close(p.closed)
	for range cap(p.slots) {
		<-p.slots
	}
	for _, i := range p.idle {
		i.close()
	}
	p.idle = nil
}
