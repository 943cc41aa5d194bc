package gateway

import (
	"strconv"
	"time"
)

// TimeWindow is how far the time of a notification may be from now. A side that is 0 is at its default, 25 hours back and 5 minutes
// ahead; a negative one is not limited.
type TimeWindow struct {
	Past   time.Duration
	Future time.Duration
}

// member writes the window as a member of a head of the core, which has the defaults.
func (w *TimeWindow) member() []byte {
	if w == nil || *w == (TimeWindow{}) {
		return nil
	}
	text, comma := []byte(`,"window":{`), ""
	for _, side := range [...]struct {
		name  string
		limit time.Duration
	}{{"past", w.Past}, {"future", w.Future}} {
		if side.limit != 0 {
			text = append(append(append(append(text, comma...), '"'), side.name...), '"', ':')
			text, comma = strconv.AppendInt(text, milliseconds(side.limit), 10), ","
		}
	}
	return append(text, '}')
}

// milliseconds keeps a negative duration negative, however short.
func milliseconds(d time.Duration) int64 {
	if d < 0 {
		return -1
	}
	return d.Milliseconds()
}
