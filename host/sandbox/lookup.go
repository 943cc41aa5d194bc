package sandbox

import (
	"slices"
	"strings"
)

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
	if r := l.record(id); r != nil {
		return r.payment.clone(), true, l.changed
	}
	return Payment{}, false, l.changed
}

func (l *ledger) record(id string) *record {
	if r, ok := l.byID[id]; ok {
		return r
	}
	for _, r := range l.records {
		if r.payment.PaymentRequestID == id {
			return r
		}
	}
	return nil
}

// byMerchant finds the payment that a merchant names; the paymentId wins over the paymentRequestId.
func (l *ledger) byMerchant(clientID, paymentID, paymentRequestID string) (Payment, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.byID[paymentID]
	if paymentID == "" {
		r = l.byRequest[requestKey{clientID, paymentRequestID}]
	}
	if r == nil || r.payment.ClientID != clientID {
		return Payment{}, false
	}
	return r.payment.clone(), true
}

// refund finds a refund that a merchant names; the refundId wins over the refundRequestId.
func (l *ledger) refund(clientID, refundID, refundRequestID string) (Payment, Refund, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	matches := func(r *record) (Payment, Refund, bool) {
		i := slices.IndexFunc(r.payment.Refunds, func(refund Refund) bool {
			if refundID != "" {
				return refund.RefundID == refundID
			}
			return refund.RefundRequestID == refundRequestID
		})
		if i < 0 || r.payment.ClientID != clientID {
			return Payment{}, Refund{}, false
		}
		payment := r.payment.clone()
		return payment, payment.Refunds[i], true
	}
	if refundID == "" {
		if r := l.byRefund[requestKey{clientID, refundRequestID}]; r != nil {
			return matches(r)
		}
		return Payment{}, Refund{}, false
	}
	for _, r := range l.records {
		if payment, refund, found := matches(r); found {
			return payment, refund, true
		}
	}
	return Payment{}, Refund{}, false
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

// search lists payments that have the words in their ids, order or state, oldest first; of more than limit the newest.
func (l *ledger) search(words string, limit int) []Payment {
	l.mu.Lock()
	defer l.mu.Unlock()
	words = strings.ToLower(strings.TrimSpace(words))
	found := []Payment{}
	for _, r := range slices.Backward(l.records) {
		if limit > 0 && len(found) == limit {
			break
		}
		if words == "" || strings.Contains(r.searchText(), words) {
			found = append(found, r.payment.clone())
		}
	}
	slices.Reverse(found)
	return found
}

func (r *record) searchText() string {
	p := &r.payment
	return strings.ToLower(strings.Join([]string{p.PaymentID, p.PaymentRequestID, p.ReferenceOrderID, p.OrderDescription,
		p.ClientID, string(p.PaymentStatus), p.PaymentAmount.Currency + " " + p.PaymentAmount.Text(), p.Result.ResultCode}, "\n"))
}

// stories are payments with everything that happened to them, all or one.
func (l *ledger) stories(id string) []story {
	l.mu.Lock()
	defer l.mu.Unlock()
	told := []story{}
	for _, r := range l.records {
		if id == "" || r.payment.PaymentID == id || r.payment.PaymentRequestID == id {
			told = append(told, story{r.payment.clone(), append([]Event{}, r.events...)})
		}
	}
	return told
}

// touch says that something outside of the ledger has changed that its readers show.
func (l *ledger) touch() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.records {
		r.revision++
	}
	l.announce(nil)
}

// story is a payment with everything that happened to it.
func (l *ledger) story(id string) (Payment, []Event, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.record(id)
	if r == nil {
		return Payment{}, nil, false
	}
	return r.payment.clone(), slices.Clone(r.events), true
}

// strayEvents are the latest calls that belong to no payment.
func (l *ledger) strayEvents() []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.strays)
}

// news is the number of the latest change, of one payment or of all, and a channel that is closed at the next.
func (l *ledger) news(id string) (int, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if id == "" {
		return l.revision, l.changed
	}
	if r := l.record(id); r != nil {
		return r.revision, l.changed
	}
	return -1, l.changed
}

// Memory is what the sandbox's records take up.
type Memory struct {
	// Bytes is an estimate, Limit what it is kept below by forgetting finished payments, the oldest first. Calls that
	// belong to no payment are not in it; they have a sixteenth of Limit for themselves.
	Bytes    int `json:"bytes"`
	Limit    int `json:"limit"`
	Payments int `json:"payments"`
	// BytesPerPayment is the average.
	BytesPerPayment int `json:"bytesPerPayment"`
	// Forgotten is the number of payments that had to make room.
	Forgotten int `json:"forgotten"`
}

func (l *ledger) memory() Memory {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := Memory{Bytes: l.size, Limit: l.limit, Payments: len(l.records), Forgotten: l.forgotten}
	if m.Payments > 0 {
		m.BytesPerPayment = m.Bytes / m.Payments
	}
	return m
}
