package sandbox

import (
	"slices"
	"sync"
)

// ledger remembers payments in the order they were made, and what happened to them. What it hands out are copies.
type ledger struct {
	limit int // bytes
	clock Clock

	mu        sync.Mutex
	opened    int // payments, ever
	records   []*record
	byID      map[string]*record
	byRequest map[requestKey]*record
	byRefund  map[requestKey]*record
	finished  []*record // candidates for being forgotten, oldest first
	strays    []Event   // calls that belong to no payment
	straySize int       // of them, which is bounded apart from size
	size      int
	last      int // event number
	revision  int
	changed   chan struct{}
	forgotten int
	observer  func(*record) // is told of every change, may be nil
}

// requestKey is what makes two requests the same: the id is the merchant's own.
type requestKey struct{ clientID, requestID string }

// record is a payment, the answer that its request got, which a repeated request gets again, and its story.
type record struct {
	sequence int
	payment  Payment
	answer   payAnswer
	events   []Event
	size     int
	revision int
	gone     bool
	stop     func() // the timer that closes it
}

const (
	maximumEvents  = 256 // of one payment
	maximumStrays  = 200
	strayShare     = 16   // anybody can make a stray call: all of them get one part in so many, on top of what payments get
	recordOverhead = 2048 // the payment, its answer and its places in the indexes, without their longer texts
)

func newLedger(clock Clock, limit int) *ledger {
	l := &ledger{clock: clock, limit: limit, changed: make(chan struct{})}
	l.clear()
	return l
}

func (l *ledger) clear() {
	l.records, l.finished, l.strays, l.size, l.straySize, l.forgotten = nil, nil, nil, 0, 0, 0
	l.byID, l.byRequest, l.byRefund = map[string]*record{}, map[requestKey]*record{}, map[requestKey]*record{}
}

// reset forgets everything.
func (l *ledger) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.records {
		l.drop(r)
	}
	l.clear()
	l.opened = 0
	l.announce(nil)
}

// open finds the payment of a request or stores the one that create makes for it. It makes none while the memory is full
// of payments that are still open.
func (l *ledger) open(key requestKey, create func(sequence int) *record) (payment Payment, answer payAnswer, created, full bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, found := l.byRequest[key]
	if !found {
		if !l.makeRoom(recordOverhead) {
			return Payment{}, payAnswer{}, false, true
		}
		l.opened++
		r = create(l.opened)
		l.insert(r)
		l.announce(r)
	}
	return r.payment.clone(), r.answer, !found, false
}

func (l *ledger) insert(r *record) {
	p := &r.payment
	r.size = recordOverhead + 2*(len(p.OrderDescription)+len(p.PaymentNotifyURL)+len(p.PaymentRedirectURL))
	for i := range r.events {
		r.size += r.events[i].size()
	}
	l.size += r.size
	l.records = append(l.records, r)
	l.byRequest[requestKey{p.ClientID, p.PaymentRequestID}] = r
	l.byID[p.PaymentID] = r
	for i := range p.Refunds {
		l.byRefund[requestKey{p.ClientID, p.Refunds[i].RefundRequestID}] = r
	}
	if p.final() {
		l.finished = append(l.finished, r)
	}
}

// update changes a payment; change tells whether it did.
func (l *ledger) update(paymentID string, change func(*Payment) bool) (payment Payment, changed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, found := l.byID[paymentID]
	if !found {
		return Payment{}, false
	}
	was, refunds := r.payment.final(), len(r.payment.Refunds)
	if !change(&r.payment) {
		return Payment{}, false
	}
	if !was && r.payment.final() {
		l.finished = append(l.finished, r)
		if r.stop != nil {
			r.stop()
			r.stop = nil
		}
	}
	for _, added := range r.payment.Refunds[min(refunds, len(r.payment.Refunds)):] {
		l.byRefund[requestKey{r.payment.ClientID, added.RefundRequestID}] = r
		l.grow(r, eventOverhead)
	}
	l.announce(r)
	return r.payment.clone(), true
}

// note adds an event to a payment's story, or to the calls that belong to none.
func (l *ledger) note(paymentID string, event Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	event.Number, event.Time = l.last, event.Time.Round(0)
	r, found := l.byID[paymentID]
	if !found {
		l.noteStray(event)
		return
	}
	if len(r.events) == maximumEvents {
		// The beginning and the end say most.
		l.grow(r, -r.events[maximumEvents/2].size())
		r.events = slices.Delete(r.events, maximumEvents/2, maximumEvents/2+1)
	}
	r.events = append(r.events, event)
	l.grow(r, event.size())
	l.makeRoom(0)
	l.announce(r)
}

// noteStray forgets the oldest strays for the newest, and never a payment.
func (l *ledger) noteStray(event Event) {
	l.strays = append(l.strays, event)
	l.straySize += event.size()
	for len(l.strays) > maximumStrays || len(l.strays) > 1 && l.straySize > l.limit/strayShare {
		l.straySize -= l.strays[0].size()
		l.strays = slices.Delete(l.strays, 0, 1)
	}
	l.announce(nil)
}

// forgetStrays forgets the calls that belong to no payment.
func (l *ledger) forgetStrays() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.strays, l.straySize = nil, 0
	l.announce(nil)
}

func (l *ledger) grow(r *record, bytes int) {
	r.size += bytes
	l.size += bytes
}

// makeRoom forgets finished payments, the oldest first, until there is room, and tells whether there is.
func (l *ledger) makeRoom(bytes int) bool {
	for l.size+bytes > l.limit && len(l.finished) > 0 {
		r := l.finished[0]
		l.finished[0] = nil
		l.finished = l.finished[1:]
		if i := slices.Index(l.records, r); i >= 0 {
			l.records = slices.Delete(l.records, i, i+1)
			l.drop(r)
			l.forgotten++
		}
	}
	return l.size+bytes <= l.limit
}

func (l *ledger) drop(r *record) {
	p := &r.payment
	delete(l.byID, p.PaymentID)
	delete(l.byRequest, requestKey{p.ClientID, p.PaymentRequestID})
	for i := range p.Refunds {
		delete(l.byRefund, requestKey{p.ClientID, p.Refunds[i].RefundRequestID})
	}
	l.size -= r.size
	r.gone = true
	if r.stop != nil {
		r.stop()
		r.stop = nil
	}
	if l.observer != nil {
		l.observer(r)
	}
}

// announce wakes everybody who waits for a change.
func (l *ledger) announce(r *record) {
	l.revision++
	if r != nil {
		r.revision = l.revision
		if l.observer != nil {
			l.observer(r)
		}
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// onClose keeps what stops the timer of an open payment.
func (l *ledger) onClose(paymentID string, stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r, found := l.byID[paymentID]; found && !r.payment.final() {
		r.stop = stop
		return
	}
	stop()
}
