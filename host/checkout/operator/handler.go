package operator

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/edgecashier/cashier/host/checkout/problem"
	"github.com/edgecashier/cashier/host/gateway"
)

// Options is what the operator's calls are made of.
type Options struct {
	Ledger Ledger  // required
	Tokens *Tokens // nil switches the calls off

	// Identify says who makes a request, for a program to which only requests come whose token was checked. nil reads the
	// header Authorization.
	Identify func(*http.Request) (who Identity, known bool)

	Log *slog.Logger     // required
	Now func() time.Time // required
}

const (
	usualList = 50
	longList  = 100
	maxBody   = 16 << 10
)

type api struct{ Options }

// handler answers a request with a status and a body of JSON, or an error, of which only a [*problem.Refusal] and
// gateway.Problems are told to the outside.
type handler func(r *http.Request, who Identity) (status int, body any, err error)

// Handler serves the operator's calls, all under /operator/.
func Handler(o Options) http.Handler {
	a := &api{o}
	if a.Identify == nil {
		a.Identify = o.Tokens.identify
	}
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"GET /operator/orders":                a.list,
		"GET /operator/orders/{id}":           a.show,
		"POST /operator/orders/{id}/{action}": a.act,
		"POST /operator/orders/{id}/retry":    a.retry,
		"GET /operator/strays":                a.strays,
		"POST /operator/strays/{id}/dismiss":  a.dismissStray,
		"GET /operator/status":                a.status,
		"/": func(*http.Request, Identity) (int, any, error) {
			return 0, nil, problem.New("NOT_FOUND", "", "there is nothing at this address")
		},
	} {
		mux.Handle(pattern, a.serve(h))
	}
	mux.Handle("GET /operator/orders.csv", a.guarded(a.csv))
	return mux
}

// guarded lets nobody through without a token, and to change something only with one for that.
func (a *api) guarded(next func(http.ResponseWriter, *http.Request, Identity)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		who, known := a.Identify(r)
		const realm = `Bearer realm="cashier"`
		switch {
		case a.Tokens == nil:
			problem.New("OPERATOR_OFF", "", "the operator's calls are switched off: there are no operators' tokens").With("WWW-Authenticate", realm).Write(w)
		case !known:
			problem.New("OPERATOR_UNKNOWN", "", "this needs an operator's token").With("WWW-Authenticate", realm).Write(w)
		case r.Method != http.MethodGet && r.Method != http.MethodHead && who.Role != RoleWrite:
			problem.New("OPERATOR_READ_ONLY", "", "this token is for reading only").Write(w)
		default:
			next(w, r, who)
		}
	})
}

func (a *api) serve(h handler) http.Handler {
	return a.guarded(func(w http.ResponseWriter, r *http.Request, who Identity) {
		status, body, err := h(r, who)
		if err == nil {
			var text []byte
			if text, err = json.Marshal(body); err == nil {
				w.Header().Set("Content-Type", "application/json; charset=UTF-8")
				w.WriteHeader(status)
				_, _ = w.Write(text) // the other side may be gone
				return
			}
		}
		a.refuse(w, r, err)
	})
}

func (a *api) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var refused *problem.Refusal
	var problems gateway.Problems
	switch {
	case errors.As(err, &refused):
	case errors.As(err, &problems):
		refused = problem.Of(relative(problems))
	}
	if refused == nil || refused.Status >= 500 {
		a.Log.ErrorContext(r.Context(), "operator's request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	if refused == nil {
		refused = problem.New("INTERNAL", "", "something went wrong on our side; look at the order before you repeat this")
	}
	refused.Write(w)
}

// relative makes paths, which are pointers into the input of advance, pointers into the body of a request.
func relative(problems gateway.Problems) gateway.Problems {
	own := make(gateway.Problems, len(problems))
	for i, one := range problems {
		if one.Path = strings.TrimPrefix(one.Path, "/event"); one.Path == "/type" {
			one.Path = "" // it is the action itself that does not fit
		}
		own[i] = one
	}
	return own
}

// list answers orders and where the next page begins.
func (a *api) list(r *http.Request, _ Identity) (int, any, error) {
	filter, err := readFilter(r.URL.Query(), usualList, longList)
	if err != nil {
		return 0, nil, err
	}
	limit := filter.Limit
	filter.Limit++ // one more tells whether there is a next page
	orders, err := a.Ledger.List(r.Context(), filter)
	if err != nil {
		return 0, nil, err
	}
	page := struct {
		Orders []Order `json:"orders"`
		Next   string  `json:"next,omitempty"` // the cursor of the next page
	}{Orders: orders}
	if len(orders) > limit {
		page.Orders = orders[:limit]
		page.Next = writeCursor(page.Orders[limit-1])
	}
	if page.Orders == nil {
		page.Orders = []Order{}
	}
	return http.StatusOK, page, nil
}

func writeCursor(last Order) string {
	text, err := json.Marshal(Cursor{last.CreatedAt, last.ReferenceOrderID})
	if err != nil {
		panic(err) // a number and a text
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func readCursor(text string) (c Cursor, err error) {
	bytes, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(bytes, &c)
	}
	return c, err
}

var statuses = []string{"OPEN", "PROCESSING", "PENDING", "SUCCESS", "FAIL", "CANCELLED"}

func invalid(name, message string) error {
	return &problem.Refusal{Status: http.StatusBadRequest, Problems: gateway.Problems{{Code: "FIELD_INVALID", Path: "/query/" + name, Message: message}}}
}

// readFilter reads a query. What is not known is refused: a slip of the pen must not widen a list.
func readFilter(query url.Values, usual, most int) (f Filter, err error) {
	f.Limit = usual
	for name, values := range query {
		if len(values) != 1 {
			return f, invalid(name, "this comes twice")
		}
		text := values[0]
		switch name {
		case "limit":
			if f.Limit, err = strconv.Atoi(text); err != nil || f.Limit < 1 || f.Limit > most {
				return f, invalid(name, fmt.Sprintf("limit must be from 1 to %d", most))
			}
		case "cursor":
			if text == "" { // of the first page
				continue
			}
			if f.After, err = readCursor(text); err != nil {
				return f, invalid(name, "the cursor must be one that a list gave as next")
			}
		case "paymentStatus":
			if f.PaymentStatus = text; !slices.Contains(statuses, text) {
				return f, invalid(name, "paymentStatus must be one of "+strings.Join(statuses, ", "))
			}
		case "attention", "undelivered", "open":
			value, err := strconv.ParseBool(text)
			if err != nil {
				return f, invalid(name, "this must be true or false")
			}
			*map[string]*bool{"attention": &f.Attention, "undelivered": &f.Undelivered, "open": &f.Open}[name] = value
		case "createdFrom", "createdTo":
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				return f, invalid(name, "this must be a time such as 2026-11-01T00:00:00Z")
			}
			if name == "createdFrom" {
				f.CreatedFrom = at.UnixMilli()
			} else {
				f.CreatedTo = at.UnixMilli()
			}
		default:
			return f, invalid(name, "there is no such filter; there are limit, cursor, paymentStatus, attention, undelivered, open, createdFrom and createdTo")
		}
	}
	return f, nil
}

// show answers one order.
func (a *api) show(r *http.Request, _ Identity) (int, any, error) {
	order, err := a.find(r.Context(), r.PathValue("id"))
	if err != nil {
		return 0, nil, err
	}
	detail, err := a.Ledger.Show(r.Context(), order)
	if err == nil && detail == nil {
		err = unknownOrder()
	}
	return http.StatusOK, detail, err
}

func unknownOrder() error { return problem.New("ORDER_UNKNOWN", "", "no order has this id") }

// find finds an order by any of its ids. Where one id is that of several orders, the referenceOrderId goes first.
func (a *api) find(ctx context.Context, id string) (string, error) {
	matches, err := a.Ledger.Find(ctx, id)
	if err != nil {
		return "", err
	}
	found := map[string]bool{}
	for _, m := range matches {
		if m.Kind == ReferenceOrderID {
			return m.ReferenceOrderID, nil
		}
		found[m.ReferenceOrderID] = true
	}
	switch len(found) {
	case 0:
		return "", unknownOrder()
	case 1:
		return matches[0].ReferenceOrderID, nil
	}
	return "", &problem.Refusal{Status: http.StatusConflict, Problems: gateway.Problems{{Code: "ID_AMBIGUOUS",
		Message: "several orders have this id; use the referenceOrderId"}}}
}

// actions are the events that an operator may cause.
var actions = map[string]struct {
	event   string
	members []string
}{
	"cancel":  {"cancel", []string{"reason", "paymentRequestId"}},
	"refunds": {"refund", []string{"refundRequestId", "refundAmount", "refundReason", "paymentRequestId"}},
	"resend":  {"resend", []string{"id"}},
	"dismiss": {"dismiss", []string{"id", "reason"}},
	"settle":  {"settle", []string{"as", "id", "reason"}},
}

// act brings an operator's event to an order. What it may be is for advance to say.
func (a *api) act(r *http.Request, who Identity) (int, any, error) {
	action, known := actions[r.PathValue("action")]
	if !known {
		return 0, nil, problem.New("NOT_FOUND", "", "there is nothing at this address")
	}
	members, err := readBody(r)
	if err != nil {
		return 0, nil, err
	}
	if err := problem.Only(members, action.members...); err != nil {
		return 0, nil, err
	}
	order, err := a.find(r.Context(), r.PathValue("id"))
	if err != nil {
		return 0, nil, err
	}
	if members["type"], err = json.Marshal(action.event); err != nil {
		return 0, nil, err
	}
	if members["by"], err = json.Marshal(who.Name); err != nil {
		return 0, nil, err
	}
	event, err := json.Marshal(members)
	if err != nil {
		return 0, nil, err
	}
	detail, err := a.Ledger.Submit(r.Context(), order, event)
	if err != nil {
		return 0, nil, err
	}
	a.Log.InfoContext(r.Context(), "operator acted", "by", who.Name, "action", action.event, "referenceOrderId", order)
	if outstanding(detail.Record, action.event, members["refundRequestId"]) {
		return http.StatusAccepted, detail, nil
	}
	return http.StatusOK, detail, nil
}

// retry has an order worked on at once that is stuck.
func (a *api) retry(r *http.Request, who Identity) (int, any, error) {
	members, err := readBody(r)
	if err == nil {
		err = problem.Only(members)
	}
	if err != nil {
		return 0, nil, err
	}
	order, err := a.find(r.Context(), r.PathValue("id"))
	if err != nil {
		return 0, nil, err
	}
	known, err := a.Ledger.Retry(r.Context(), order, who.Name)
	if err == nil && !known {
		err = unknownOrder()
	}
	a.Log.InfoContext(r.Context(), "operator acted", "by", who.Name, "action", "retry", "referenceOrderId", order)
	return http.StatusAccepted, map[string]string{"referenceOrderId": order}, err
}

// outstanding tells whether what an action asked for still waits for Alipay.
func outstanding(record json.RawMessage, event string, refundRequestID json.RawMessage) bool {
	var r struct {
		Attempts []struct {
			Cancellation *struct{ EndedAt int64 }
		}
		Refunds []struct{ RefundRequestID, RefundStatus string }
	}
	var id string
	if json.Unmarshal(record, &r) != nil || event == "refund" && json.Unmarshal(refundRequestID, &id) != nil {
		return true
	}
	if event == "refund" {
		for _, f := range r.Refunds {
			if f.RefundRequestID == id && f.RefundStatus == "PROCESSING" {
				return true
			}
		}
		return false
	}
	for _, attempt := range r.Attempts {
		if event != "resend" && event != "dismiss" && attempt.Cancellation != nil && attempt.Cancellation.EndedAt == 0 {
			return true
		}
	}
	return false
}

// readBody reads a JSON object; no body is an empty one.
func readBody(r *http.Request) (map[string]json.RawMessage, error) {
	if r.Body == nil { // in a Worker, a request without a body has none
		return map[string]json.RawMessage{}, nil
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, problem.New("INPUT_TOO_SLOW", "", "the body did not arrive whole")
	case len(text) > maxBody:
		return nil, problem.New("INPUT_TOO_LARGE", "", "a request has at most 16 KiB")
	case len(strings.TrimSpace(string(text))) == 0:
		return map[string]json.RawMessage{}, nil
	}
	return problem.ReadObject(text)
}

func (a *api) strays(r *http.Request, _ Identity) (int, any, error) {
	strays, err := a.Ledger.Strays(r.Context(), longList)
	if strays == nil {
		strays = []Stray{}
	}
	return http.StatusOK, map[string]any{"strays": strays}, err
}

func (a *api) dismissStray(r *http.Request, who Identity) (int, any, error) {
	members, err := readBody(r)
	if err != nil {
		return 0, nil, err
	}
	if err := problem.Only(members, "reason"); err != nil {
		return 0, nil, err
	}
	reason := ""
	if text, given := members["reason"]; given && (json.Unmarshal(text, &reason) != nil || len([]rune(reason)) > 256) {
		return 0, nil, problem.New("FIELD_INVALID", "/reason", "the reason must be a text of at most 256 characters")
	}
	known, err := a.Ledger.DismissStray(r.Context(), r.PathValue("id"), who.Name, reason)
	if err == nil && !known {
		err = problem.New("STRAY_UNKNOWN", "", "there is no such notification; its id is in the list of strays")
	}
	return http.StatusOK, map[string]bool{"dismissed": true}, err
}

func (a *api) status(r *http.Request, _ Identity) (int, any, error) {
	status, err := a.Ledger.Status(r.Context())
	return http.StatusOK, status, err
}
