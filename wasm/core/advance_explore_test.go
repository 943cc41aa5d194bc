package core

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"
)

var (
	modelDepth = flag.Int("model.depth", 0, "events that TestModel explores from each beginning; 0 for what takes about a minute")
	modelRest  = flag.Int("model.rest", 20, "of how many states the fair world is tried from one")
)

// beginnings are worlds that TestModel starts from: the empty one, and ones that would take many events to reach.
var beginnings = []struct {
	name  string
	moves []string
	depth int
}{
	{"nothing", nil, 6},
	{"a cashier", []string{"order", "answers pay"}, 5},
	{"an unknown outcome", []string{"order", "loses the answer pay", "due"}, 5},
	{"paid", []string{"order", "answers pay", "shopper SUCCESS a", "notifies SUCCESS a", "delivered a_succeeded"}, 5},
	{"a cancellation", []string{"order", "answers pay", "cancel"}, 5},
	{"a cancellation of what is paid", []string{"order", "answers pay", "shopper SUCCESS a", "notifies SUCCESS a", "cancel"}, 5},
	{"a refund", []string{"order", "answers pay", "shopper SUCCESS a", "notifies SUCCESS a", "delivered a_succeeded", `refund {"currency":"USD","value":"60"}`}, 5},
	{"a dead attempt", []string{"order", "declinesanswers pay", "delivered a_failed"}, 5},
	{"a second attempt", []string{"order", "declinesanswers pay", "delivered a_failed", "order", "answers pay"}, 4},
	{"a conflict", []string{"order", "answers pay", "shopper FAIL a", "notifies FAIL a", "delivered a_failed", "contradicts itself a", "delivered a_conflict"}, 4},
	{"nobody pays", []string{"order", "answers pay", "due"}, 5},
}

// found is a violation with the way to it.
type found struct {
	*violation
	way string
}

func (f *found) String() string { return fmt.Sprintf("%s: %s\nafter %s", f.invariant, f.detail, f.way) }

type node struct {
	w   *world
	way string
}

// explorer counts what it saw.
type explorer struct {
	step                       stepFunc
	seen                       map[uint64]bool
	states, transitions, rests int
}

// begin drives a world by the names of moves.
func (e *explorer) begin(names []string) (*world, *found) {
	w := newWorld()
	for i, name := range names {
		done := false
		for _, m := range w.moves() {
			if m.name == name {
				if _, bad := m.do(w, e.step); bad != nil {
					return nil, &found{bad, strings.Join(names[:i+1], ", ")}
				}
				done = true
				break
			}
		}
		if !done {
			var all []string
			for _, m := range w.moves() {
				all = append(all, m.name)
			}
			panic(name + " is not possible: " + strings.Join(all, "; "))
		}
	}
	return w, nil
}

// explore goes through all sequences of moves from a world up to a depth, each state once.
func (e *explorer) explore(from *world, way string, depth int) *found {
	layer := []node{{from, way}}
	for range depth {
		var next []node
		for _, n := range layer {
			for _, m := range n.w.moves() {
				w := n.w.clone()
				e.transitions++
				_, bad := m.do(w, e.step)
				way := n.way + ", " + m.name
				if bad != nil {
					return &found{bad, way}
				}
				h := w.hash()
				if e.seen[h] {
					continue
				}
				e.seen[h] = true
				e.states++
				next = append(next, node{w, way})
				if h%uint64(*modelRest) == 0 {
					e.rests++
					if bad := w.clone().rests(e.step); bad != nil {
						return &found{bad, way + ", and then all goes well"}
					}
				}
			}
		}
		layer = next
	}
	return nil
}

func native(input []byte) []byte { return Advance(nil, input) }

// TestModel explores all that can happen around Advance, and checks the invariants after every event. From one in some
// states everything goes well from then on, and must come to rest.
func TestModel(t *testing.T) {
	start := time.Now()
	total := explorer{}
	for _, b := range beginnings {
		e := &explorer{step: native, seen: map[uint64]bool{}}
		depth := b.depth
		if *modelDepth > 0 {
			depth = *modelDepth
		} else if raceDetector || testing.Short() {
			depth = min(depth, 3)
		}
		w, bad := e.begin(b.moves)
		if bad == nil {
			bad = e.explore(w, b.name, depth)
		}
		if bad != nil {
			t.Errorf("from %s: %s", b.name, bad)
			continue
		}
		t.Logf("from %-32s depth %d: %7d states, %8d transitions, %6d times to rest", b.name, depth, e.states, e.transitions, e.rests)
		total.states += e.states
		total.transitions += e.transitions
		total.rests += e.rests
	}
	t.Logf("%d states, %d transitions, %d times to rest, %d invariants, %v", total.states, total.transitions, total.rests, len(invariants), time.Since(start).Round(time.Second))
}
