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

// member writes the window as a member of a head of the core, which knows a default of its own.
func (w *TimeWindow) member() []byte {
	if w == nil {
		return nil
	}
	text := strconv.AppendInt([]byte(`,"window":{"past":`), milliseconds(w.Past), 10)
	text = strconv.AppendInt(append(text, `,"future":`...), milliseconds(w.Future), 10)
	return append(text, '}')
}

// milliseconds keeps a negative duration negative, however short.
func milliseconds(d time.Duration) int64 {
	if d < 0 {
		return -1
	}
	return d.Milliseconds()
}
