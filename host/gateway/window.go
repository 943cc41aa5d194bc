package gateway

import (
	"strconv"
	"time"
)

// TimeWindow is how far the time of a notification may be from now. A negative duration switches that side off.
type TimeWindow struct {
	Past   time.Duration
	Future time.Duration
}

// check reads a time as Alipay writes it: ISO 8601, or milliseconds since 1970.
func (w TimeWindow) check(now time.Time, text string) error {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		ms, err := strconv.ParseInt(text, 10, 64)
		if err != nil || len(text) != 13 {
			return Problem{"TIME_MALFORMED", "/headers/request-time", "the time is neither ISO 8601 nor milliseconds since 1970"}
		}
		at = time.UnixMilli(ms)
	}
	switch {
	case w.Past >= 0 && now.Sub(at) > w.Past:
		return Problem{"TIME_TOO_OLD", "/headers/request-time", "the message is older than the time window allows"}
	case w.Future >= 0 && at.Sub(now) > w.Future:
		return Problem{"TIME_IN_FUTURE", "/headers/request-time", "the message is from the future; is the clock right?"}
	}
	return nil
}
