package sandbox

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fault is something that goes wrong on purpose, as somebody asked for it:
//
//	[operation.]name[=duration][@percent%][*times]
//
// for example "answer-500", "refund.answer-unknown-made", "notify-late=30s", "notify-tampered@25%*8". It happens once for
// each payment unless times says otherwise.
type fault struct {
	source    string // as it was asked for
	operation string // of the call or type of the notification, "" for any
	kind      *faultKind
	duration  time.Duration
	percent   int
	times     int
}

// faultKind is a fault that can be asked for.
type faultKind struct {
	name     string
	onNotify bool          // it happens to notifications, else to answers
	duration time.Duration // the usual one, 0 if it has none
	refuses  bool          // the call is not carried out
}

// The faults. Those that begin with answer- happen to answers of the gateway, all others to notifications.
var faultKinds = []*faultKind{
	{name: "answer-late", duration: 5 * time.Second},
	{name: "answer-slow", duration: 3 * time.Second},
	{name: "answer-truncated"},
	{name: "answer-tampered"},
	{name: "answer-unsigned"},
	{name: "answer-wrong-key-version"},
	{name: "answer-stale-time", duration: 48 * time.Hour},
	{name: "answer-reset"},
	{name: "answer-429", refuses: true},
	{name: "answer-500", refuses: true},
	{name: "answer-html", refuses: true},
	{name: "answer-no-url"},
	{name: "answer-unknown-made"},
	{name: "answer-unknown-not-made", refuses: true},
	{name: "notify-late", onNotify: true, duration: 30 * time.Second},
	{name: "notify-twice", onNotify: true},
	{name: "notify-reordered", onNotify: true, duration: 30 * time.Second},
	{name: "notify-slow", onNotify: true, duration: 3 * time.Second},
	{name: "notify-truncated", onNotify: true},
	{name: "notify-tampered", onNotify: true},
	{name: "notify-unsigned", onNotify: true},
	{name: "notify-wrong-key-version", onNotify: true},
	{name: "notify-stale-time", onNotify: true, duration: 48 * time.Hour},
	{name: "notify-reset", onNotify: true},
	{name: "key-rotated", onNotify: true},
}

// FaultNames are the faults that can be asked for.
func FaultNames() []string {
	names := make([]string, len(faultKinds))
	for i, kind := range faultKinds {
		names[i] = kind.name
	}
	return names
}

const faultGrammar = `(?:([A-Za-z_]+)\.)?([a-z0-9-]+)(?:=([0-9a-zµ.]+))?(?:@([0-9]{1,3})%)?(?:\*([0-9]{1,4}))?`

var (
	faultPattern   = regexp.MustCompile(`^` + faultGrammar + `$`)
	triggerPattern = regexp.MustCompile(`#sandbox:([A-Za-z_]+\.)?([a-z0-9-]+)(?:=([A-Za-z0-9.-]+))?(?:@[0-9]{1,3}%)?(?:\*[0-9]{1,4})?`)
)

// parseFault reads a fault as flags, the control API and orders name it.
func parseFault(text string) (fault, error) {
	parts := faultPattern.FindStringSubmatch(text)
	if parts == nil {
		return fault{}, fmt.Errorf("sandbox: %.60q is no fault; it looks like notify-late=30s@50%%*2", text)
	}
	i := slices.IndexFunc(faultKinds, func(k *faultKind) bool { return k.name == parts[2] })
	if i < 0 {
		return fault{}, fmt.Errorf("sandbox: there is no fault %q; there are %s", parts[2], strings.Join(FaultNames(), ", "))
	}
	f := fault{source: text, operation: parts[1], kind: faultKinds[i], duration: faultKinds[i].duration, percent: 100, times: 1}
	if parts[3] != "" {
		duration, err := time.ParseDuration(parts[3])
		if err != nil || duration <= 0 || f.duration == 0 {
			return fault{}, fmt.Errorf("sandbox: the fault %s takes no %q", f.kind.name, parts[3])
		}
		f.duration = duration
	}
	if parts[4] != "" {
		f.percent, _ = strconv.Atoi(parts[4])
		if f.percent > 100 {
			return fault{}, fmt.Errorf("sandbox: %d%% is more than always", f.percent)
		}
	}
	if parts[5] != "" {
		f.times, _ = strconv.Atoi(parts[5])
	}
	return f, nil
}

func parseFaults(texts []string) ([]fault, error) {
	faults := []fault{}
	for _, text := range texts {
		f, err := parseFault(text)
		if err != nil {
			return nil, err
		}
		faults = append(faults, f)
	}
	return faults, nil
}

// faults are those that go wrong together with one message.
type faults []fault

// find looks for a fault by its name, with or without what it happens to.
func (f faults) find(name string) (fault, bool) {
	i := slices.IndexFunc(f, func(one fault) bool {
		return one.kind.name == name || strings.TrimPrefix(strings.TrimPrefix(one.kind.name, "answer-"), "notify-") == name
	})
	if i < 0 {
		return fault{}, false
	}
	return f[i], true
}

func (f faults) has(name string) bool {
	_, found := f.find(name)
	return found
}

func (f faults) names() []string {
	var names []string
	for _, one := range f {
		names = append(names, one.source)
	}
	return names
}
