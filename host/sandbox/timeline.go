package sandbox

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// moment is an event as the pages draw it: who speaks to whom, and how long after the one before.
type moment struct {
	*Event
	Since string // since the first
	Pause string // since the one before, "" if it is hardly anything
	Space int    // how long the pause is drawn, in pixels
	From  int    // the lane where the arrow begins: 0 the merchant's server, 1 the sandbox, 2 the shopper
	To    int
	Back  bool // there is an answer, drawn as a second arrow
}

// newMoments draws events in the order of their times. They are noted when they are over: a notification whose answer
// took a while is noted after what the shopper did in that while.
func newMoments(events []Event) []moment {
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Or(a.Time.Compare(b.Time), a.Number-b.Number) })
	moments := make([]moment, len(events))
	for i := range events {
		e := &events[i]
		m := moment{Event: e, Since: span(e.Time.Sub(events[0].Time)), From: 1, To: 1}
		switch e.Kind {
		case Call:
			m.From, m.To = 0, 1
			m.Back = e.Exchange != nil && e.Exchange.Response.Line != ""
		case Delivery:
			m.From, m.To = 1, 0
			m.Back = e.Exchange != nil && e.Exchange.Response.Line != ""
		case Cashier:
			m.From, m.To = 2, 1
			if e.Name == "RESULT" || e.Name == "LEFT" {
				m.To = 0
			}
		}
		if i > 0 {
			if pause := e.Time.Sub(events[i-1].Time); pause >= time.Second {
				m.Pause, m.Space = span(pause), 14+int(12*math.Log10(1+pause.Seconds()))
			}
		}
		moments[i] = m
	}
	return moments
}

// span is a duration in at most two units.
func span(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d %d h", int(d.Hours())/24, int(d.Hours())%24)
}

// strip is a payment's story on one line of time. Its scale is logarithmic: seconds matter at the beginning, hours later.
type strip struct {
	Ticks []tick
	Marks []mark
}

// tick is a time on the scale, X a share of its width in percent.
type tick struct{ X, Label string }

// mark is an event on the scale; Row is 0 for calls, 1 for the cashier, 2 for notifications.
type mark struct {
	X       string
	Row     int
	Good    bool
	Planned bool // it has not happened yet
	Number  int
	Label   string
}

var stripTicks = []struct {
	after time.Duration
	label string
}{{0, "0"}, {time.Second, "1 s"}, {10 * time.Second, "10 s"}, {time.Minute, "1 min"}, {10 * time.Minute, "10 min"},
	{time.Hour, "1 h"}, {6 * time.Hour, "6 h"}, {24 * time.Hour, "24 h"}, {30 * 24 * time.Hour, "30 d"}, {365 * 24 * time.Hour, "1 y"}}

func newStrip(p *Payment, events []Event) *strip {
	begin := p.PaymentCreateTime
	longest := 10 * time.Second
	for i := range events {
		longest = max(longest, events[i].Time.Sub(begin))
	}
	if p.PaymentStatus == Processing {
		longest = max(longest, p.PaymentExpireTime.Sub(begin))
	}
	for _, n := range p.Notifications {
		longest = max(longest, n.NextAttempt.Sub(begin))
	}
	at := func(d time.Duration) string {
		share := math.Log1p(10*max(0, d.Seconds())) / math.Log1p(10*longest.Seconds())
		return fmt.Sprintf("%.2f%%", 2+95*share)
	}
	s := &strip{}
	for _, t := range stripTicks {
		if t.after <= longest {
			s.Ticks = append(s.Ticks, tick{at(t.after), t.label})
		}
	}
	rows := map[EventKind]int{Call: 0, Cashier: 1, StateMove: 1, Delivery: 2}
	for i := range events {
		e := &events[i]
		s.Marks = append(s.Marks, mark{X: at(e.Time.Sub(begin)), Row: rows[e.Kind], Good: e.Good, Number: e.Number, Label: e.Name})
	}
	if p.PaymentStatus == Processing {
		s.Marks = append(s.Marks, mark{X: at(p.PaymentExpireTime.Sub(begin)), Row: 1, Planned: true, Label: "CLOSED"})
	}
	for _, n := range p.Notifications {
		if !n.NextAttempt.IsZero() {
			s.Marks = append(s.Marks, mark{X: at(n.NextAttempt.Sub(begin)), Row: 2, Planned: true, Label: n.NotifyType})
		}
	}
	return s
}

// Y is where the mark's row is drawn.
func (m mark) Y() int { return 14 + 24*m.Row }

// laneX is where a lane is drawn on a width of 240.
func laneX(lane int) int { return 30 + 90*lane }

// X1 is where the arrow begins.
func (m moment) X1() int { return laneX(m.From) }

// X2 is where the arrow ends.
func (m moment) X2() int { return laneX(m.To) }

// Head is the arrow's head, pointing to where it ends.
func (m moment) Head(y int) string { return head(m.X2(), y, m.X2() > m.X1()) }

// BackHead is the head of the answer's arrow.
func (m moment) BackHead(y int) string { return head(m.X1(), y, m.X1() > m.X2()) }

func head(x, y int, right bool) string {
	back := 9
	if right {
		back = -9
	}
	return fmt.Sprintf("M%d %dL%d %dL%d %dz", x, y, x+back, y-5, x+back, y+5)
}

// Drawn tells that the moment is an arrow and not something that happens in one place.
func (m moment) Drawn() bool { return m.From != m.To }
