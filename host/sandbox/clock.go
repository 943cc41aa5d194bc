package sandbox

import (
	"container/heap"
	"fmt"
	"math"
	"sync"
	"time"
)

// Clock is what the sandbox asks for the time, so that time can be held and moved.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in a goroutine of its own once d has passed. The function it returns prevents that if it is not
	// too late, and tells whether it did.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// AdjustableClock runs as fast as it is told to and can be moved forward. It stops at the end of the year 9989. It is
// safe for concurrent use.
type AdjustableClock struct {
	steps sync.Mutex // one Advance after the other

	mu       sync.Mutex
	shown    time.Time // what it showed at the machine's time since
	since    time.Time
	speed    int
	machine  bool // it was started with the machine's time
	stepping bool // it stands still while Advance runs what is due
	timers   timers
	made     int
	wake     *time.Timer
}

// MaximumSpeed of an AdjustableClock makes a day pass in a second.
const MaximumSpeed = 24 * 60 * 60

// NewClock makes a clock that shows the machine's time and runs at its speed.
func NewClock() *AdjustableClock {
	now := time.Now()
	return &AdjustableClock{shown: now.Round(0), since: now, speed: 1, machine: true}
}

// NewManualClock makes a clock that shows start and stands still until it is advanced.
func NewManualClock(start time.Time) *AdjustableClock {
	return &AdjustableClock{shown: start, since: time.Now()}
}

// Now is the time the clock shows.
func (c *AdjustableClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

// WireTime is the time for the headers of messages: of a clock that was started with the machine's time it is the
// machine's, so a check of how old a message is does not depend on how far this clock has been moved.
func (c *AdjustableClock) WireTime() time.Time {
	if c.machine {
		return time.Now()
	}
	return c.Now()
}

// Speed is how much faster than the machine's the clock runs; 0 while it stands still.
func (c *AdjustableClock) Speed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.speed
}

// SetSpeed changes how fast the clock runs from now on: that many times as fast as the machine's, up to MaximumSpeed; 0
// holds it. Any other speed is an error and changes nothing.
func (c *AdjustableClock) SetSpeed(speed int) error {
	if speed < 0 || speed > MaximumSpeed {
		return fmt.Errorf("speed must be from 0, which holds the clock, to %d, not %d", MaximumSpeed, speed)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.show(c.now())
	c.speed = speed
	c.arm()
	return nil
}

// AfterFunc implements Clock. A function that is due at once starts at once.
func (c *AdjustableClock) AfterFunc(d time.Duration, f func()) func() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d <= 0 && !c.stepping {
		go f()
		return func() bool { return false }
	}
	c.made++
	t := &timer{due: c.now().Add(max(0, d)), f: f, order: c.made}
	heap.Push(&c.timers, t)
	c.arm()
	return func() bool { return c.remove(t) }
}

// Advance moves the clock forward. What becomes due on the way is run at its own time, one after the other, and Advance
// returns when it is done: a day holds all attempts to deliver a notification, each at its hour.
func (c *AdjustableClock) Advance(d time.Duration) {
	c.steps.Lock()
	defer c.steps.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	target := earliest(c.now().Add(max(0, d)), endOfTime)
	c.show(c.now())
	c.stepping = true
	for len(c.timers) > 0 && !c.timers[0].due.After(target) {
		t := heap.Pop(&c.timers).(*timer)
		if t.due.After(c.shown) {
			c.shown = t.due
		}
		c.mu.Unlock()
		t.f()
		c.mu.Lock()
	}
	c.stepping = false
	c.show(target)
	c.arm()
}

func (c *AdjustableClock) now() time.Time {
	if c.speed == 0 || c.stepping {
		return c.shown
	}
	return later(c.shown, time.Since(c.since), c.speed)
}

// later is a time after passed of the machine's time at a speed. In fast motion more may pass than a time.Duration can
// hold.
func later(from time.Time, passed time.Duration, speed int) time.Time {
	for longest := time.Duration(math.MaxInt64) / MaximumSpeed; passed > longest; passed -= longest {
		from = earliest(from.Add(longest*time.Duration(speed)), endOfTime)
	}
	return earliest(from.Add(passed*time.Duration(speed)), endOfTime)
}

// endOfTime is where clocks stop: the year in which RFC 3339 has no more digits is near.
var endOfTime = time.Date(9990, 1, 1, 0, 0, 0, 0, time.UTC)

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func (c *AdjustableClock) show(t time.Time) { c.shown, c.since = t, time.Now() }

// arm sees to it that the machine wakes the clock when the next function is due.
func (c *AdjustableClock) arm() {
	if c.wake != nil {
		c.wake.Stop()
	}
	if c.speed == 0 || c.stepping || len(c.timers) == 0 || c.timers[0].due.After(endOfTime) {
		return
	}
	wait := max(0, c.timers[0].due.Sub(c.now())) / time.Duration(c.speed)
	c.wake = time.AfterFunc(wait, c.run)
}

// run starts what is due.
func (c *AdjustableClock) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.speed == 0 || c.stepping {
		return
	}
	now := c.now()
	for len(c.timers) > 0 && !c.timers[0].due.After(now) {
		go heap.Pop(&c.timers).(*timer).f()
	}
	c.arm()
}

func (c *AdjustableClock) remove(t *timer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.index < 0 {
		return false
	}
	heap.Remove(&c.timers, t.index)
	return true
}

// wireTime is the time that a message is sent at, as its headers tell it.
func wireTime(c Clock) time.Time {
	if w, ok := c.(interface{ WireTime() time.Time }); ok {
		return w.WireTime()
	}
	return c.Now()
}
