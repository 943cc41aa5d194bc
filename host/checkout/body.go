package checkout

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/edgecashier/cashier/host/checkout/problem"
)

// What a body may be. An order token has at most 32 KiB, and a form around it needs a little more.
const (
	maxNotification = 16 << 10
	maxCheckout     = 48 << 10
	maxReply        = 64 << 10 // of what the merchant's server answers
	bodyPatience    = 3 * time.Second
	bodiesInFlight  = 32 << 20 // all bodies that are being read at the same time
)

// budget bounds the bytes of bodies that are held at the same time: many slow senders must not take the memory.
type budget struct{ *semaphore.Weighted }

func newBudget(bytes int64) *budget { return &budget{semaphore.NewWeighted(bytes)} }

// read reads a body. It demands Content-Length, and that all of it arrives in a few seconds.
func (s *Service) read(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	switch {
	case r.ContentLength < 0:
		return nil, problem.New("LENGTH_REQUIRED", "/headers/content-length", "the request needs a Content-Length")
	case r.ContentLength > limit:
		return nil, problem.New("INPUT_TOO_LARGE", "", "the body is too large")
	case !s.bodies.TryAcquire(r.ContentLength):
		return nil, problem.New("BUSY", "", "too many requests at once; please try again in a moment").With("Retry-After", "1")
	}
	defer s.bodies.Release(r.ContentLength)
	// Tests without a connection have no deadlines.
	if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyPatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, err
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, body)
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, problem.New("INPUT_TOO_SLOW", "", "the body must arrive within 3 seconds")
	case err != nil:
		return nil, problem.New("INPUT_TOO_SLOW", "", "the body did not arrive whole")
	}
	return body, nil
}

// readWhole is read, and puts the body back for another reader.
func (s *Service) readWhole(w http.ResponseWriter, r *http.Request, limit int64) error {
	body, err := s.read(w, r, limit)
	if err == nil {
		r.Body = &replayed{bytes.NewReader(body), body}
	}
	return err
}
