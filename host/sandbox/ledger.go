package sandbox

import "sync"

// ledger remembers payments in the order they were made. What it hands out are copies.
type ledger struct {
	mu        sync.Mutex
	records   []*record
	byID      map[string]*record
	byRequest map[requestKey]*record
	changed   chan struct{}
}

// requestKey is what makes two pay requests the same: the id is the merchant's own.
type requestKey struct{ clientID, paymentRequestID string }

// record is a payment and the answer that its request got, which a repeated request gets again.
type record struct {
	payment Payment
	answer  payAnswer
}

func newLedger() *ledger {
	return &ledger{byID: map[string]*record{}, byRequest: map[requestKey]*record{}, changed: make(chan struct{})}
}

// open finds the payment of a request or stores the one that create makes for it.
func (l *ledger) open(key requestKey, create func(sequence int) *record) (payment Payment, answer payAnswer, created bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, found := l.byRequest[key]
	if !found {
		r = create(len(l.records) + 1)
		l.records = append(l.records, r)
		l.byRequest[key] = r
		l.byID[r.payment.PaymentID] = r
		l.announce()
	}
	return r.payment.clone(), r.answer, !found
}

// update changes a payment; change tells whether it did.
func (l *ledger) update(paymentID string, change func(*Payment) bool) (payment Payment, changed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, found := l.byID[paymentID]
	if !found || !change(&r.payment) {
		return Payment{}, false
	}
	l.announce()
	return r.payment.clone(), true
}

// announce wakes everybody who waits for a change.
func (l *ledger) announce() {
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *ledger) get(paymentID string) (Payment, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, found := l.byID[paymentID]
	if !found {
		return Payment{}, false
	}
	return r.payment.clone(), true
}

// find looks for a paymentId, then for a paymentRequestId of any merchant. The channel is closed at the next change.
func (l *ledger) find(id string) (payment Payment, found bool, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r, ok := l.byID[id]; ok {
		return r.payment.clone(), true, l.changed
	}
	for _, r := range l.records {
		if r.payment.PaymentRequestID == id {
			return r.payment.clone(), true, l.changed
		}
	}
	return Payment{}, false, l.changed
}

func (l *ledger) list() []Payment {
	l.mu.Lock()
	defer l.mu.Unlock()
	payments := make([]Payment, len(l.records))
	for i, r := range l.records {
		payments[i] = r.payment.clone()
	}
	return payments
}
