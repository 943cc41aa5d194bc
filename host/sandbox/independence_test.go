package sandbox

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The sandbox shares no code with what is tried out against it, or a shared mistake would cancel itself out.
func TestImportsNothingOfThisModule(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range parsed.Imports {
			if strings.Contains(one.Path.Value, "edgecashier/cashier") {
				t.Errorf("%s imports %s", file, one.Path.Value)
			}
		}
	}
}

// A clock that runs fast brings what is due sooner; the headers of messages keep the machine's time.
func TestRunningClock(t *testing.T) {
	clock := NewClock()
	fired := make(chan time.Time, 2)
	clock.AfterFunc(2*time.Hour, func() { fired <- clock.Now() })
	stop := clock.AfterFunc(time.Hour, func() { fired <- clock.Now() })
	began := time.Now()
	if err := clock.SetSpeed(MaximumSpeed); err != nil {
		t.Fatal(err)
	}
	if !stop() {
		t.Error("the timer was gone")
	}
	select {
	case at := <-fired:
		if passed := at.Sub(began); passed < 2*time.Hour {
			t.Errorf("after %v", passed)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("two hours did not pass")
	}
	if err := clock.SetSpeed(0); err != nil {
		t.Fatal(err)
	}
	held := clock.Now()
	clock.AfterFunc(time.Nanosecond, func() { fired <- clock.Now() })
	time.Sleep(20 * time.Millisecond)
	if !clock.Now().Equal(held) || len(fired) != 0 {
		t.Error("a held clock runs")
	}
	clock.Advance(time.Hour)
	if at := <-fired; at.After(held.Add(time.Second)) {
		t.Errorf("what was due at once ran at %v, after %v", at, held)
	}
	if off := time.Since(wireTime(clock)); off < 0 || off > time.Minute {
		t.Errorf("the headers are off by %v", off)
	}
	if d := clock.Now().Sub(held); d != time.Hour {
		t.Errorf("moved by %v", d)
	}
}
