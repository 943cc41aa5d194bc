package checkout

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/edgecashier/cashier/host/checkout/operator"
	"github.com/edgecashier/cashier/host/gateway"
)

// refusedNotes count notifications that were refused. One a second for each code is noted, which is enough to see that
// something is wrong: a flood of forgeries is no flood of lines, nor of the work that goes into one.
type refusedNotes struct {
	mu      sync.Mutex
	noted   map[gateway.Code]time.Time
	more    map[gateway.Code]int
	genuine *operator.Refused // the last one that Alipay has signed all the same
}

// count counts a refusal and tells whether it is to be noted, and how many were not since the last.
func (n *refusedNotes) count(code gateway.Code, now time.Time) (note bool, more int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.noted == nil {
		n.noted, n.more = map[gateway.Code]time.Time{}, map[gateway.Code]int{}
	}
	if last, before := n.noted[code]; before && now.Sub(last).Abs() < time.Second {
		n.more[code]++
		return false, 0
	}
	more = n.more[code]
	n.noted[code], n.more[code] = now, 0
	return true, more
}

func (n *refusedNotes) last() *operator.Refused {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.genuine
}

// refuse notes a notification that did not verify. A genuine one, which does not fit what is configured here, verifies once
// the cause is allowed for, and nobody but Alipay can bring that about.
func (s *Service) refuse(r *http.Request, body []byte, err error) {
	s.metrics.refusedNotification()
	code := gateway.Code("UNKNOWN")
	if problems := problemsOf(err); len(problems) > 0 {
		code = problems[0].Code
	}
	note, more := s.refused.count(code, time.Now())
	if !note {
		return
	}
	ctx := r.Context()
	if cause, genuine := s.genuine(r, body, code); genuine {
		s.refused.mu.Lock()
		s.refused.genuine = &operator.Refused{At: s.now().UnixMilli(), Code: string(cause)}
		s.refused.mu.Unlock()
		s.log.ErrorContext(ctx, "a genuine notification was refused: the config, Alipay's public keys, the address or the clock do not fit",
			"code", code, "cause", cause, "more", more)
		return
	}
	s.log.WarnContext(ctx, "notification refused", "code", code, "more", more)
}

// genuine tells whether Alipay has signed the message, and why it was refused all the same.
func (s *Service) genuine(r *http.Request, body []byte, code gateway.Code) (cause gateway.Code, genuine bool) {
	ring, ok := s.keys.(*gateway.KeyRing)
	if !ok {
		return "", false
	}
	found, err := gateway.Explain(r.Context(), gateway.SignedMessage{Path: r.RequestURI, Header: r.Header, Body: body},
		gateway.ExplainOptions{Core: s.core, Keys: ring})
	switch {
	case err != nil:
		return "", false
	case found.Verified: // but for the client id, or its age
		return code, true
	case found.Cause == gateway.SignatureMismatch, found.Cause == gateway.KeyVersionUnknown,
		slices.ContainsFunc(found.Checks, func(c gateway.Check) bool { return !c.Passed }):
		return "", false
	}
	return found.Cause, true // one of the guesses verifies
}

// quiet leaves out the lines of the client about notifications that it refuses: refuse has its own.
type quiet struct{ slog.Handler }

func (q quiet) Handle(ctx context.Context, record slog.Record) error {
	if record.Message == "notification refused" {
		return nil
	}
	return q.Handler.Handle(ctx, record)
}

// WithAttrs keeps quiet around the handler.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

// WithGroup keeps quiet around the handler.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
