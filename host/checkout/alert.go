package checkout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/edgecashier/cashier/host/checkout/operator"
)

// alerts remembers what was told.
type alerts struct {
	mu   sync.Mutex
	told string
}

// condition is something that a person should look at.
type condition struct {
	Code  string `json:"code"`
	Count int64  `json:"count"`
}

// keepFailing is how many failures in a row are no accident any more.
const keepFailing = 10

// lateWork is how long something may be due before that is a fault.
const lateWork = 15 * time.Minute

// conditions are what a person should look at, in a fixed order.
func conditions(status *operator.Status) (list []condition) {
	add := func(code string, count int64) {
		if count > 0 {
			list = append(list, condition{code, count})
		}
	}
	failing := func(r *operator.Reachability) int64 {
		if r == nil || r.Failures < keepFailing {
			return 0
		}
		return 1
	}
	add("NEEDS_ATTENTION", status.Attention)
	add("NOTIFICATION_STRAY", status.Strays)
	add("ORDER_STUCK", status.Stuck)
	add("ALIPAY_FAILING", failing(status.Alipay))
	add("MERCHANT_FAILING", failing(status.Merchant))
	if status.RefusedNotification != nil {
		add("NOTIFICATION_REFUSED", 1)
	}
	if status.OldestDueAt != 0 && status.Now-status.OldestDueAt > lateWork.Milliseconds() {
		add("WORK_IS_LATE", status.Due)
	}
	return list
}

// alert tells AlertURL when there is more, or something else, to look at than before. Programs that share a database send
// the same id within an hour.
func (s *Service) alert(ctx context.Context) {
	if s.set.alertURL == "" {
		return
	}
	status, err := ledger{s}.Status(ctx)
	if err != nil {
		s.log.ErrorContext(ctx, "the status cannot be read", "error", err)
		return
	}
	list := conditions(status)
	words := make([]string, len(list))
	for i, c := range list {
		words[i] = fmt.Sprint(c.Code, "=", c.Count)
	}
	text := strings.Join(words, " ")
	s.alerted.mu.Lock()
	defer s.alerted.mu.Unlock()
	if len(list) == 0 || text == s.alerted.told {
		s.alerted.told = text
		return
	}
	now := s.now().UTC()
	sum := sha256.Sum256([]byte(s.set.origin + "\n" + text + "\n" + now.Truncate(time.Hour).String()))
	payload, err := json.Marshal(map[string]any{
		"type": "operator.alert", "timestamp": now.Format("2006-01-02T15:04:05.000Z"),
		"data": map[string]any{"origin": s.set.origin, "conditions": slices.Clip(list)},
	})
	if err != nil {
		s.log.ErrorContext(ctx, "an alert was not written", "error", err)
		return
	}
	code, err := s.send(ctx, s.set.alertURL, "alert_"+hex.EncodeToString(sum[:12]), string(payload))
	if err != nil || code/100 != 2 {
		s.log.ErrorContext(ctx, "an alert was not delivered", "status", code, "error", err, "conditions", text)
		return // again in a minute
	}
	s.alerted.told = text
}
