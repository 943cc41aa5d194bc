package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Store keeps what a sandbox remembers beyond its life; see package sqlitestore. Its methods are not called at once.
type Store interface {
	// Load returns all documents in the order of their sequence.
	Load(context.Context) ([][]byte, error)
	// Save writes documents and removes others, all or nothing.
	Save(ctx context.Context, changed []Document, removed []string) error
}

// Document is a payment with its story, as JSON.
type Document struct {
	PaymentID string
	Sequence  int
	JSON      []byte
}

// document is what is inside of a Document.
type document struct {
	Sequence int       `json:"sequence"`
	Payment  Payment   `json:"payment"`
	Answer   payAnswer `json:"answer"`
	Events   []Event   `json:"events"`
}

// keeper writes what has changed into the store, a little later and together.
type keeper struct {
	store  Store
	ledger *ledger
	failed func(error)
	wake   chan struct{}
	done   chan struct{}
	once   sync.Once
	dirty  map[string]*record // guarded by the ledger
}

const (
	saveTimeout = 10 * time.Second
	saveAgain   = time.Second // after one that failed
	lastSaves   = 3           // attempts when the sandbox is closed
)

func newKeeper(store Store, l *ledger, failed func(error)) *keeper {
	k := &keeper{store: store, ledger: l, failed: failed, wake: make(chan struct{}, 1), done: make(chan struct{}), dirty: map[string]*record{}}
	l.mu.Lock()
	l.observer = k.notice
	l.mu.Unlock()
	go k.run()
	return k
}

// notice is called by the ledger, which is locked.
func (k *keeper) notice(r *record) {
	k.dirty[r.payment.PaymentID] = r
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

func (k *keeper) run() {
	defer close(k.done)
	var again <-chan time.Time
	for open := true; open; {
		select {
		case _, open = <-k.wake:
		case <-again:
		}
		again = nil
		if open && !k.save() {
			again = time.After(saveAgain)
		}
	}
	for range lastSaves {
		if k.save() {
			return
		}
	}
}

// save writes what has changed and tells whether it could. What could not be written is still to be written.
func (k *keeper) save() bool {
	k.ledger.mu.Lock()
	var changed []Document
	var removed []string
	for id, r := range k.dirty {
		if r.gone {
			removed = append(removed, id)
			continue
		}
		text, err := encode(document{r.sequence, r.payment, r.answer, r.events})
		if err != nil {
			panic(err) // texts, numbers and times
		}
		changed = append(changed, Document{PaymentID: id, Sequence: r.sequence, JSON: text})
	}
	taken := k.dirty
	k.dirty = map[string]*record{}
	k.ledger.mu.Unlock()
	if len(changed)+len(removed) == 0 {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), saveTimeout)
	defer cancel()
	err := k.store.Save(ctx, changed, removed)
	if err == nil {
		return true
	}
	k.failed(err)
	k.ledger.mu.Lock()
	defer k.ledger.mu.Unlock()
	for id, r := range taken {
		k.dirty[id] = r // the same record if it has changed again meanwhile
	}
	return false
}

// close writes the rest.
func (k *keeper) close() {
	k.once.Do(func() {
		k.ledger.mu.Lock()
		k.ledger.observer = nil
		k.ledger.mu.Unlock()
		close(k.wake)
	})
	<-k.done
}

// load takes over what a sandbox before this one has stored, and goes on with it.
func (s *Server) load(store Store) error {
	texts, err := store.Load(context.Background())
	if err != nil {
		return fmt.Errorf("sandbox: the stored payments cannot be read: %w", err)
	}
	var latest time.Time
	var payments []Payment
	for _, text := range texts {
		var d document
		if err := json.Unmarshal(text, &d); err != nil {
			return fmt.Errorf("sandbox: a stored payment cannot be read: %w", err)
		}
		if s.merchants[d.Payment.ClientID] == nil {
			return fmt.Errorf("sandbox: a stored payment is of the client id %s, which this sandbox does not have", d.Payment.ClientID)
		}
		latest = slices.MaxFunc([]time.Time{latest, s.ledger.restore(&d)}, time.Time.Compare)
		payments = append(payments, d.Payment)
	}
	// Time does not run backwards for what was stored by a clock that had been moved.
	if clock, ok := s.options.Clock.(*AdjustableClock); ok && latest.After(clock.Now()) {
		clock.Advance(latest.Sub(clock.Now()))
	}
	for i := range payments {
		s.resume(&payments[i])
	}
	return nil
}

// resume plans what was planned for a payment.
func (s *Server) resume(p *Payment) {
	switch p.PaymentStatus {
	case Processing:
		s.planExpiry(p.PaymentID, p.PaymentExpireTime.Sub(s.options.Clock.Now()))
	case Pending:
		s.agenda.after(slowPayment, func(context.Context) { s.arriveLate(p.PaymentID) })
	}
	for i := range p.Refunds {
		if request := p.Refunds[i].RefundRequestID; p.Refunds[i].RefundStatus == RefundProcessing {
			s.agenda.after(slowRefund, func(context.Context) { s.completeRefund(p.PaymentID, request) })
		}
	}
	s.courier.resume(p)
}

// restore puts a stored payment back and returns the time of the latest thing that happened to it.
func (l *ledger) restore(d *document) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &record{sequence: d.Sequence, payment: d.Payment, answer: d.Answer, events: d.Events}
	l.insert(r)
	l.makeRoom(0)
	l.opened = max(l.opened, d.Sequence)
	latest := d.Payment.PaymentCreateTime
	for i := range d.Events {
		l.last = max(l.last, d.Events[i].Number)
		if d.Events[i].Time.After(latest) {
			latest = d.Events[i].Time
		}
	}
	return latest
}
