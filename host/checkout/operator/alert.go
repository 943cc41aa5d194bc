package operator

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Condition is something that a person should look at.
type Condition struct {
	Code  string `json:"code"`
	Count int64  `json:"count"`
}

// The codes of conditions.
const (
	NeedsAttention      = "NEEDS_ATTENTION"      // orders with entries of attention
	NotificationStray   = "NOTIFICATION_STRAY"   // notifications that belong to no order
	OrderStuck          = "ORDER_STUCK"          // orders that could not be decided on
	AlipayFailing       = "ALIPAY_FAILING"       // calls to Alipay keep failing
	MerchantFailing     = "MERCHANT_FAILING"     // deliveries to the merchant keep failing
	NotificationRefused = "NOTIFICATION_REFUSED" // Alipay signed a notification that was refused: something is configured wrongly
	WorkIsLate          = "WORK_IS_LATE"         // orders that should have been worked on a quarter of an hour ago
	ShardNotArmed       = "SHARD_NOT_ARMED"      // shards of the Worker whose alarm was lost; it is set again
	ShardSilent         = "SHARD_SILENT"         // shards of the Worker that do not answer
)

// keepFailing is how many failures in a row are no accident any more.
const keepFailing = 10

// lateWork is how long something may be due before that is a fault.
const lateWork = 15 * time.Minute

// Conditions are what a person should look at, in a fixed order; none when all is well.
func (s *Status) Conditions() (list []Condition) {
	add := func(code string, count int64) {
		if count > 0 {
			list = append(list, Condition{code, count})
		}
	}
	failing := func(r *Reachability) int64 {
		if r == nil || r.Failures < keepFailing {
			return 0
		}
		return 1
	}
	add(NeedsAttention, s.Attention)
	add(NotificationStray, s.Strays)
	add(OrderStuck, s.Stuck)
	add(AlipayFailing, failing(s.Alipay))
	add(MerchantFailing, failing(s.Merchant))
	if s.RefusedNotification != nil && s.Now-s.RefusedNotification.At < (24*time.Hour).Milliseconds() {
		add(NotificationRefused, 1)
	}
	if s.OldestDueAt != 0 && s.Now-s.OldestDueAt > lateWork.Milliseconds() {
		add(WorkIsLate, s.Due)
	}
	var lost, silent int64
	for _, shard := range s.Shards {
		switch {
		case shard.Error != "":
			silent++
		case !shard.Armed:
			lost++
		}
	}
	add(ShardNotArmed, lost)
	add(ShardSilent, silent)
	return list
}

// Alert is the message of Standard Webhooks that tells of conditions. For a day it has the same id and the same payload, so
// that whoever sends it may send it again, and programs that share a database may all send it.
func Alert(origin string, conditions []Condition, now time.Time) (id, payload string) {
	day := now.UTC().Truncate(24 * time.Hour)
	text, err := json.Marshal(map[string]any{
		"type": "operator.alert", "timestamp": day.Format("2006-01-02T15:04:05.000Z"),
		"data": map[string]any{"origin": origin, "conditions": conditions},
	})
	if err != nil {
		panic(err) // texts and numbers only
	}
	sum := sha256.Sum256(text)
	return "alert_" + hex.EncodeToString(sum[:12]), string(text)
}

// Words are conditions as a log has them.
func Words(conditions []Condition) string {
	words := make([]string, len(conditions))
	for i, c := range conditions {
		words[i] = fmt.Sprint(c.Code, "=", c.Count)
	}
	return strings.Join(words, " ")
}
