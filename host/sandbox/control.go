package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// controlRoutes let programs on this machine look into the sandbox and steer it.
func (s *Server) controlRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /sandbox/api/state", localOnly(s.showState))
	mux.HandleFunc("GET /sandbox/api/payments", localOnly(s.listPayments))
	mux.HandleFunc("GET /sandbox/api/payments/{id}", localOnly(s.showPayment))
	mux.HandleFunc("POST /sandbox/api/payments/{id}/complete", localOnly(controlled(s.completeByControl)))
	mux.HandleFunc("POST /sandbox/api/payments/{id}/resend", localOnly(controlled(s.resendByControl)))
	mux.HandleFunc("GET /sandbox/api/calls", localOnly(s.listStrayCalls))
	mux.HandleFunc("POST /sandbox/api/clock", localOnly(controlled(s.moveClock)))
	mux.HandleFunc("GET /sandbox/api/faults", localOnly(s.showFaults))
	mux.HandleFunc("PUT /sandbox/api/faults", localOnly(controlled(s.setFaults)))
	mux.HandleFunc("POST /sandbox/api/reset", localOnly(controlled(s.resetByControl)))
	mux.HandleFunc("GET /sandbox/api/keys", localOnly(s.showKeys))
	mux.HandleFunc("GET /sandbox/api/events", localOnly(s.stream))
	mux.HandleFunc("GET /sandbox/api/export/{file}", localOnly(s.export))
}

// refusal is why a wish of the control API is not granted.
type refusal struct {
	status  int
	message string
}

func (r *refusal) Error() string { return r.message }

func badWish(format string, values ...any) error {
	return &refusal{http.StatusUnprocessableEntity, fmt.Sprintf(format, values...)}
}

var noSuchPayment = &refusal{http.StatusNotFound, "there is no such payment"}

// controlled reads a wish as JSON and answers with what act makes of it.
func controlled[Wish any](act func(*http.Request, Wish) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var wish Wish
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maximumForm))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&wish); err != nil && !errors.Is(err, io.EOF) {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": "the body is not the JSON that is expected: " + err.Error()})
			return
		}
		answer, err := act(r, wish)
		var refused *refusal
		switch {
		case errors.As(err, &refused):
			writeJSON(w, refused.status, map[string]string{"error": refused.message})
		case err != nil:
			writeJSON(w, http.StatusConflict, map[string]string{"error": err.Error()})
		default:
			writeJSON(w, http.StatusOK, answer)
		}
	}
}

// State is how the sandbox is set up at the moment.
type State struct {
	Time       time.Time `json:"time"`
	Speed      int       `json:"speed"`
	Seed       uint64    `json:"seed"`
	Faults     []string  `json:"faults"`
	KeyVersion int       `json:"keyVersion"`
	Memory     Memory    `json:"memory"`
}

// State tells how the sandbox is set up at the moment.
func (s *Server) State() State {
	state := State{Time: s.options.Clock.Now().Round(0), Speed: 1, KeyVersion: s.keys.signer().version, Memory: s.ledger.memory()}
	if clock, ok := s.options.Clock.(*AdjustableClock); ok {
		state.Speed = clock.Speed()
	}
	state.Seed, state.Faults = s.faults.current()
	return state
}

func (s *Server) showState(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.State())
}

func (s *Server) listPayments(w http.ResponseWriter, r *http.Request) {
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	writeJSON(w, http.StatusOK, map[string]any{"payments": s.ledger.search(r.URL.Query().Get("search"), limit)})
}

// story is a payment with everything that happened to it.
type story struct {
	Payment
	Events []Event `json:"events"`
}

func (s *Server) showPayment(w http.ResponseWriter, r *http.Request) {
	payment, events, found := s.ledger.story(r.PathValue("id"))
	if !found {
		writeJSON(w, http.StatusNotFound, map[string]string{"error": noSuchPayment.message})
		return
	}
	if events == nil {
		events = []Event{}
	}
	writeJSON(w, http.StatusOK, story{payment, events})
}

func (s *Server) listStrayCalls(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"calls": append([]Event{}, s.ledger.strayEvents()...)})
}

type completion struct {
	Outcome string `json:"outcome"`
}

func (s *Server) completeByControl(r *http.Request, wish completion) (any, error) {
	payment, found := s.Payment(r.PathValue("id"))
	if !found {
		return nil, noSuchPayment
	}
	if err := s.complete(payment.PaymentID, wish.Outcome); err != nil {
		return nil, err
	}
	payment, _ = s.ledger.get(payment.PaymentID)
	return payment, nil
}

// complete does at once what a shopper does at the cashier.
func (s *Server) complete(paymentID, outcome string) error {
	steps := map[string]struct {
		act  func(string) bool
		name string
	}{
		"SUCCESS": {s.completePayment, "PAID"},
		"FAIL":    {s.declinePayment, "DECLINED"},
		"PENDING": {s.payLate, "PAID_LATE"},
	}
	step, known := steps[outcome]
	if !known {
		return badWish("outcome must be SUCCESS, FAIL or PENDING")
	}
	if !step.act(paymentID) {
		payment, _ := s.ledger.get(paymentID)
		return &refusal{http.StatusConflict, "the payment cannot be completed any more, it is " + string(payment.PaymentStatus)}
	}
	s.noteStep(paymentID, step.name, outcome != "FAIL")
	return nil
}

type resending struct {
	Notification *int     `json:"notification"` // its number, counted from 0; the latest without it
	Faults       []string `json:"faults"`
}

// resendFaults are those that one attempt alone can have.
var resendFaults = []string{"notify-tampered", "notify-truncated", "notify-unsigned", "notify-wrong-key-version", "notify-stale-time", "notify-reset", "notify-slow"}

func (s *Server) resendByControl(r *http.Request, wish resending) (any, error) {
	payment, found := s.Payment(r.PathValue("id"))
	if !found {
		return nil, noSuchPayment
	}
	index := len(payment.Notifications) - 1
	if wish.Notification != nil {
		index = *wish.Notification
	}
	if index < 0 || index >= len(payment.Notifications) {
		return nil, badWish("the payment has %d notifications, and no number %d", len(payment.Notifications), index)
	}
	spoilt, err := parseFaults(wish.Faults)
	if err != nil {
		return nil, badWish("%v", err)
	}
	for _, f := range spoilt {
		if !strings.Contains(strings.Join(resendFaults, " ")+" ", f.kind.name+" ") {
			return nil, badWish("a resend can have %s, not %s", strings.Join(resendFaults, ", "), f.kind.name)
		}
	}
	return s.courier.resend(r.Context(), &delivery{paymentID: payment.PaymentID, clientID: payment.ClientID, index: index}, spoilt)
}

type clockWish struct {
	Advance string `json:"advance"`
	Speed   *int   `json:"speed"`
}

const maximumAdvance = 10 * 366 * 24 * time.Hour

func (s *Server) moveClock(_ *http.Request, wish clockWish) (any, error) {
	clock, ok := s.options.Clock.(*AdjustableClock)
	if !ok {
		return nil, &refusal{http.StatusConflict, "the clock of this sandbox cannot be moved"}
	}
	var step time.Duration
	if wish.Advance != "" {
		var err error
		if step, err = time.ParseDuration(wish.Advance); err != nil || step < 0 || step > maximumAdvance {
			return nil, badWish("advance must be a duration such as 90s, 15m or 25h")
		}
	}
	if wish.Speed != nil {
		if err := clock.SetSpeed(*wish.Speed); err != nil {
			return nil, badWish("%v", err)
		}
	}
	clock.Advance(step)
	s.ledger.touch()
	return s.State(), nil
}

type faultWish struct {
	Faults []string `json:"faults"`
	Seed   *uint64  `json:"seed"`
}

func (s *Server) showFaults(w http.ResponseWriter, _ *http.Request) {
	seed, names := s.faults.current()
	writeJSON(w, http.StatusOK, map[string]any{"seed": seed, "faults": names, "known": FaultNames()})
}

func (s *Server) setFaults(_ *http.Request, wish faultWish) (any, error) {
	general, err := parseFaults(wish.Faults)
	if err != nil {
		return nil, badWish("%v", err)
	}
	seed := s.faults.seedNumber()
	if wish.Seed != nil {
		seed = *wish.Seed
	}
	s.faults.set(seed, general)
	s.ledger.touch()
	return s.State(), nil
}

func (s *Server) resetByControl(*http.Request, struct{}) (any, error) {
	s.Reset()
	return s.State(), nil
}

// Reset forgets all payments and what is planned for them, and goes back to the first key. Faults, seed and clock stay; the
// faults count from the start again.
func (s *Server) Reset() {
	s.agenda.clear()
	s.ledger.reset()
	s.courier.forgetHeld()
	s.sessions.clear()
	s.payRefusals.clear()
	s.refundRefusals.clear()
	s.keys.reset()
	seed, general := s.faults.seedNumber(), s.faults.everywhere()
	s.faults.set(seed, general)
}

func (s *Server) showKeys(w http.ResponseWriter, _ *http.Request) {
	keys := map[string]string{}
	for version, key := range s.keys.public() {
		keys[strconv.Itoa(version)] = base64.StdEncoding.EncodeToString(publicDER(key))
	}
	writeJSON(w, http.StatusOK, map[string]any{"keyVersion": s.keys.signer().version, "keys": keys})
}
