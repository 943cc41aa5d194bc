package sandbox

import (
	"fmt"
	"net/http"
	"time"
)

const (
	streamPause = 100 * time.Millisecond // changes in quick succession are one piece of news
	streamPulse = 20 * time.Second       // keeps the connection from looking dead
)

// stream tells a page that there is something new, as server-sent events: of the payment that it names, or of all.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	fmt.Fprint(w, "retry: 1000\n\n")
	id, last := r.URL.Query().Get("payment"), -2
	for {
		revision, changed := s.ledger.news(id)
		if revision != last {
			last = revision
			fmt.Fprintf(w, "data: {\"revision\":%d}\n\n", revision)
			if control.Flush() != nil || !pause(r.Context(), streamPause) {
				return
			}
			continue
		}
		pulse := time.NewTimer(streamPulse)
		select {
		case <-changed:
		case <-pulse.C:
			fmt.Fprint(w, ": still here\n\n")
			if control.Flush() != nil {
				return
			}
		case <-r.Context().Done():
			return
		case <-s.agenda.ctx.Done():
			return
		}
		pulse.Stop()
	}
}
