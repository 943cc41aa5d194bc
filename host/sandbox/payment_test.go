package sandbox

import (
	"strconv"
	"testing"
	"time"
)

// A payment is final once, and which way depends on the moment of its expiry.
func TestPaymentBecomesFinalOnce(t *testing.T) {
	expiry := testTime.Add(time.Minute)
	for _, test := range []struct {
		name string
		step func(*Payment, time.Time) bool
		from PaymentStatus
		now  time.Time
		want PaymentStatus
	}{
		{"paid in time", (*Payment).succeed, Processing, expiry.Add(-1), Success},
		{"paid too late", (*Payment).succeed, Processing, expiry, Processing},
		{"paid twice", (*Payment).succeed, Success, testTime, Success},
		{"paid after its end", (*Payment).succeed, Fail, testTime, Fail},
		{"closed too early", (*Payment).close, Processing, expiry.Add(-1), Processing},
		{"closed in time", (*Payment).close, Processing, expiry, Fail},
		{"closed after it was paid", (*Payment).close, Success, expiry, Success},
		{"closed twice", (*Payment).close, Fail, expiry, Fail},
	} {
		p := Payment{PaymentStatus: test.from, PaymentExpireTime: expiry}
		changed := test.step(&p, test.now)
		if p.PaymentStatus != test.want || changed != (test.from != test.want) {
			t.Errorf("%s: %s, changed %v", test.name, p.PaymentStatus, changed)
		}
	}
}

func TestPaymentIDs(t *testing.T) {
	seen := map[string]bool{}
	for sequence := range 1000 {
		id := newPaymentID(testTime, sequence, chance(1, strconv.Itoa(sequence)))
		if len(id) != 64 || seen[id] {
			t.Fatalf("%s (%d)", id, len(id))
		}
		seen[id] = true
	}
}
