package checkout

import (
	"errors"
	"sync"
	"time"

	"github.com/edgecashier/cashier/host/checkout/operator"
	"github.com/edgecashier/cashier/host/gateway"
)

// reachability notes how calls to another side go.
type reachability struct {
	mu sync.Mutex
	operator.Reachability
}

func (r *reachability) note(now time.Time, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.AnsweredAt, r.Failures, r.Code = now.UnixMilli(), 0, ""
		return
	}
	r.FailedAt = now.UnixMilli()
	r.Failures++
	r.Code = codeOf(err)
}

func (r *reachability) read() *operator.Reachability {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.AnsweredAt == 0 && r.FailedAt == 0 {
		return nil
	}
	known := r.Reachability
	return &known
}

// codeOf is a word for an error that may be shown and counted.
func codeOf(err error) string {
	var transport *gateway.TransportError
	var unverified *gateway.UnverifiedError
	var unusable *gateway.UnusableError
	var coded interface{ Code() string }
	switch {
	case errors.As(err, &transport):
		return "NO_ANSWER"
	case errors.As(err, &unverified):
		return "ANSWER_UNVERIFIED"
	case errors.As(err, &unusable):
		return "ANSWER_UNUSABLE"
	case errors.As(err, &coded):
		return coded.Code()
	}
	if problems := problemsOf(err); len(problems) > 0 {
		return string(problems[0].Code)
	}
	return "NO_ANSWER"
}
