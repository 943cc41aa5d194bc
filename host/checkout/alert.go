package checkout

import (
	"context"
	"sync"

	"github.com/edgecashier/cashier/host/checkout/operator"
)

// alerts remembers what was told.
type alerts struct {
	mu   sync.Mutex
	told string // the id of the message
}

// alert tells AlertURL when there is more, or something else, to look at than before, and once a day as long as it is so.
func (s *Service) alert(ctx context.Context) {
	if s.set.alertURL == "" {
		return
	}
	status, err := ledger{s}.Status(ctx)
	if err != nil {
		s.log.ErrorContext(ctx, "the status cannot be read", "error", err)
		return
	}
	s.alerted.mu.Lock()
	defer s.alerted.mu.Unlock()
	conditions := status.Conditions()
	if len(conditions) == 0 {
		s.alerted.told = ""
		return
	}
	id, payload := operator.Alert(s.set.origin, conditions, s.now())
	if id == s.alerted.told {
		return
	}
	code, err := s.send(ctx, s.set.alertURL, id, payload)
	if err != nil || code/100 != 2 {
		s.log.ErrorContext(ctx, "an alert was not delivered", "status", code, "error", err, "conditions", operator.Words(conditions))
		return // again in a minute
	}
	s.alerted.told = id
}
