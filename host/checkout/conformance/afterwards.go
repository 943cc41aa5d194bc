package conformance

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/checkout/operator"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/hosttest"
)

var _ = add(
	test{name: "the same notification many times", run: notifiedAgain},
	test{name: "a notification that does not fit", run: misfit},
	test{name: "a notification of a payment that is not known", run: stray},
	test{name: "a success after a failure is settled by the operator", run: contradiction},
	test{name: "refunds in parts", run: refunds},
	test{name: "refunds that are refused", run: refundsRefused},
	test{name: "cancelling before and after payment", run: cancelling},
	test{name: "who may use the operator's calls", run: operators},
	test{name: "lists, searches and CSV", run: lists},
	test{name: "pending first, then paid", moves: true, run: pendingFirst},
	test{name: "a shop that is down for an hour", moves: true, run: shopDown},
	test{name: "a shop that is down for good", moves: true, run: shopGone},
	test{name: "a refund whose answer is lost", moves: true, run: refundLost},
)

// notify sends a notification that Alipay has signed.
func (w *world) notify(t *testing.T, path string, m hosttest.Message) *answer {
	t.Helper()
	r, err := w.Notification(t, m, w.Origin+path)
	if err != nil {
		t.Fatal(err)
	}
	return w.do(t, r)
}

func acknowledged(t *testing.T, a *answer) {
	t.Helper()
	if a.status != http.StatusOK || !strings.Contains(a.body, `"resultCode":"SUCCESS"`) {
		t.Errorf("not acknowledged: HTTP %d %s", a.status, a.body)
	}
}

func notifiedAgain(t *testing.T, w *world) {
	o := w.order(nil)
	v := w.paid(t, o)
	m := hosttest.Message{PaymentRequestID: v.PaymentRequestID, PaymentID: w.payment(t, v.PaymentRequestID).PaymentID, PaymentAmount: o.PaymentAmount}
	for range 3 {
		acknowledged(t, w.notify(t, "/notify", m))
	}
	if told := w.Shop.Messages(o.ReferenceOrderID); len(told) != 1 {
		t.Errorf("the merchant was told %d times", len(told))
	}
}

func misfit(t *testing.T, w *world) {
	o := w.order(nil)
	v := w.started(t, o)
	m := hosttest.Message{PaymentRequestID: v.PaymentRequestID, PaymentID: w.payment(t, v.PaymentRequestID).PaymentID, PaymentAmount: gateway.Amount{Currency: "USD", Value: "1"}}
	acknowledged(t, w.notify(t, "/notify", m))
	if seen := w.look(t, v.PaymentRequestID); seen.PaymentStatus != "PROCESSING" {
		t.Errorf("a dollar was paid by a cent: %+v", seen)
	}
	r := w.record(t, o.ReferenceOrderID)
	if len(r.Attention) != 1 || r.Attention[0].Code != "NOTIFICATION_MISFIT" {
		t.Fatalf("attention: %+v", r.Attention)
	}
	w.act(t, o.ReferenceOrderID, "dismiss", map[string]string{"id": r.Attention[0].ID, "reason": "a test"})
	if left := w.record(t, o.ReferenceOrderID).Attention; len(left) != 0 {
		t.Errorf("attention afterwards: %+v", left)
	}
	a := w.operate(t, "POST", "/operator/orders/"+o.ReferenceOrderID+"/dismiss", map[string]string{"id": r.Attention[0].ID})
	if want := []string{"ATTENTION_UNKNOWN /id"}; a.status != http.StatusNotFound || !slices.Equal(a.codes(), want) {
		t.Errorf("dismissed twice: HTTP %d %v", a.status, a.codes())
	}
}

func stray(t *testing.T, w *world) {
	id := "elsewhere-" + w.order(nil).ReferenceOrderID
	for range 2 {
		acknowledged(t, w.notify(t, "/notify", hosttest.Message{PaymentRequestID: id}))
	}
	find := func() (list []operator.Stray) {
		var strays struct{ Strays []operator.Stray }
		w.operate(t, "GET", "/operator/strays", nil).json(t, &strays)
		for _, s := range strays.Strays {
			if strings.Contains(string(s.Notification), id) {
				list = append(list, s)
			}
		}
		return list
	}
	found := find()
	if len(found) != 1 {
		t.Fatalf("there are %d strays", len(found))
	}
	if a := w.operate(t, "POST", "/operator/strays/"+found[0].ID+"/dismiss", map[string]string{"reason": "paid by phone"}); a.status != http.StatusOK {
		t.Errorf("HTTP %d %s", a.status, a.body)
	}
	if len(find()) != 0 {
		t.Error("it is still there")
	}
	if a := w.operate(t, "POST", "/operator/strays/"+found[0].ID+"/dismiss", nil); a.status != http.StatusOK {
		t.Errorf("dismissed twice: HTTP %d", a.status)
	}
	if a := w.operate(t, "POST", "/operator/strays/99999999/dismiss", nil); a.status != http.StatusNotFound {
		t.Errorf("one of nobody is dismissed: HTTP %d", a.status)
	}
}

func contradiction(t *testing.T, w *world) {
	o := w.order(nil)
	v := w.started(t, o)
	m := hosttest.Message{PaymentRequestID: v.PaymentRequestID, PaymentID: w.payment(t, v.PaymentRequestID).PaymentID, PaymentAmount: o.PaymentAmount}
	m.Kind = hosttest.PaymentFailed
	acknowledged(t, w.notify(t, "/notify", m))
	w.becomes(t, v.PaymentRequestID, "FAIL")
	m.Kind = hosttest.PaymentSucceeded
	acknowledged(t, w.notify(t, "/notify", m))
	seen := w.look(t, v.PaymentRequestID)
	if !seen.Conflict || seen.MayPayAgain || seen.PaymentStatus != "FAIL" {
		t.Errorf("got %+v", seen)
	}
	contains(t, w.send(t, "GET", "/return/"+v.PaymentRequestID, "", "Accept", acceptHTML).body, "not pay again")
	if again := w.start(t, w.token(t, o)); again.PaymentRequestID != v.PaymentRequestID {
		t.Error("another attempt was begun")
	}
	eventually(t, "payment.conflict", func() bool { return w.Shop.took(o.ReferenceOrderID, "payment.conflict") })
	var list struct{ Orders []operator.Order }
	w.operate(t, "GET", "/operator/orders?attention=true&limit=100", nil).json(t, &list)
	if !slices.ContainsFunc(list.Orders, func(each operator.Order) bool { return each.ReferenceOrderID == o.ReferenceOrderID }) {
		t.Error("it is not among those that need a person")
	}
	w.act(t, o.ReferenceOrderID, "settle", map[string]string{"as": "accept", "reason": "it is in the dashboard"})
	w.becomes(t, v.PaymentRequestID, "SUCCESS")
	eventually(t, "payment.succeeded", func() bool { return w.Shop.took(o.ReferenceOrderID, "payment.succeeded") })
	r := w.record(t, o.ReferenceOrderID)
	if len(r.Attention) != 0 || r.Attempts[0].Conflict == nil || r.Attempts[0].Conflict.SettledAs != "accept" {
		t.Errorf("afterwards %+v", r)
	}
	if !slices.ContainsFunc(r.History, func(h struct{ What, From, About, Detail string }) bool {
		return h.What == "settle" && h.From == "operator:alice"
	}) {
		t.Errorf("the history does not say who: %+v", r.History)
	}
}

func refunds(t *testing.T, w *world) {
	o := w.order(nil)
	v := w.paid(t, o)
	part := func(id, value string) map[string]any {
		return map[string]any{"refundRequestId": id, "refundAmount": map[string]string{"currency": "USD", "value": value}, "refundReason": "broken"}
	}
	one, two := "refund-1-"+o.ReferenceOrderID, "refund-2-"+o.ReferenceOrderID
	w.act(t, o.ReferenceOrderID, "refunds", part(one, "40"))
	w.act(t, v.PaymentRequestID, "refunds", part(one, "40")) // by another of its ids, and again
	eventually(t, "the first refund", func() bool { return w.Shop.took(o.ReferenceOrderID, "refund.succeeded") })
	for name, test := range map[string]struct {
		body any
		code string
	}{
		"too much":       {part(two, "61"), "REFUND_EXCEEDS_PAYMENT /refundAmount"},
		"another amount": {part(one, "41"), "REFUND_CHANGED /refundRequestId"},
	} {
		a := w.operate(t, "POST", "/operator/orders/"+o.ReferenceOrderID+"/refunds", test.body)
		if a.status != http.StatusConflict || !slices.Equal(a.codes(), []string{test.code}) {
			t.Errorf("%s: HTTP %d %v", name, a.status, a.codes())
		}
	}
	a := w.operate(t, "POST", "/operator/orders/"+o.ReferenceOrderID+"/cancel", map[string]string{})
	if want := []string{"REFUND_EXISTS "}; a.status != http.StatusConflict || !slices.Equal(a.codes(), want) {
		t.Errorf("cancelled after a refund: HTTP %d %v", a.status, a.codes())
	}
	w.act(t, o.ReferenceOrderID, "refunds", map[string]any{"refundRequestId": two, "refundAmount": "all"})
	var d operator.Detail
	eventually(t, "all is given back", func() bool {
		w.operate(t, "GET", "/operator/orders/"+two, nil).json(t, &d)
		return d.Refunded == "100"
	})
	eventually(t, "two messages", func() bool { return len(w.Shop.types(o.ReferenceOrderID)) == 3 })
	sum := 0
	for _, m := range w.Shop.Messages(o.ReferenceOrderID) {
		if m.Type == "refund.succeeded" {
			sum += map[string]int{"40": 40, "60": 60}[m.Data.RefundAmount.Value]
		}
	}
	if sum != 100 {
		t.Errorf("the merchant was told of %d cents", sum)
	}
	eventually(t, "all notifications are acknowledged", func() bool {
		for _, n := range w.payment(t, v.PaymentRequestID).Notifications {
			if n.State != "ACKNOWLEDGED" {
				return false
			}
		}
		return true
	})
}

func refundsRefused(t *testing.T, w *world) {
	paid, open := w.order(nil), w.order(nil)
	w.paid(t, paid)
	w.started(t, open)
	amount := map[string]string{"currency": "USD", "value": "10"}
	for name, test := range map[string]struct {
		order  string
		body   any
		status int
		code   string
	}{
		"an unknown member":      {paid.ReferenceOrderID, map[string]any{"refundRequestId": "a", "refundAmount": amount, "amount": "10"}, 422, "FIELD_UNKNOWN /amount"},
		"who it is":              {paid.ReferenceOrderID, map[string]any{"refundRequestId": "a", "refundAmount": amount, "by": "bob"}, 422, "FIELD_UNKNOWN /by"},
		"unknown inside":         {paid.ReferenceOrderID, map[string]any{"refundRequestId": "a", "refundAmount": map[string]string{"currency": "USD", "value": "1", "x": ""}}, 422, "FIELD_UNKNOWN /refundAmount/x"},
		"no amount":              {paid.ReferenceOrderID, map[string]any{"refundRequestId": "a"}, 422, "FIELD_REQUIRED /refundAmount"},
		"another currency":       {paid.ReferenceOrderID, map[string]any{"refundRequestId": "a", "refundAmount": map[string]string{"currency": "EUR", "value": "10"}}, 422, "REFUND_CURRENCY_MISMATCH /refundAmount/currency"},
		"a number":               {paid.ReferenceOrderID, map[string]any{"refundRequestId": "a", "refundAmount": 10}, 422, "FIELD_NOT_AN_OBJECT /refundAmount"},
		"not paid":               {open.ReferenceOrderID, map[string]any{"refundRequestId": "a", "refundAmount": amount}, 409, "PAYMENT_STATUS_INVALID "},
		"an order of nobody":     {"nobody", map[string]any{"refundRequestId": "a", "refundAmount": "all"}, 404, "ORDER_UNKNOWN "},
		"a payment of elsewhere": {paid.ReferenceOrderID, map[string]any{"refundRequestId": "a", "refundAmount": "all", "paymentRequestId": "x"}, 404, "PAYMENT_REQUEST_ID_MISMATCH /paymentRequestId"},
	} {
		a := w.operate(t, "POST", "/operator/orders/"+test.order+"/refunds", test.body)
		if a.status != test.status || len(a.codes()) == 0 || a.codes()[0] != test.code {
			t.Errorf("%s: HTTP %d %v", name, a.status, a.codes())
		}
	}
	a := w.send(t, "POST", "/operator/orders/"+paid.ReferenceOrderID+"/refunds", `{"refundRequestId":"a","refundAmount":"all","refundAmount":"all"}`,
		"Authorization", "Bearer "+w.Operator, "Content-Type", acceptJSON)
	if want := []string{"FIELD_REPEATED /refundAmount"}; a.status != 400 || !slices.Equal(a.codes(), want) {
		t.Errorf("a member twice: HTTP %d %v", a.status, a.codes())
	}
	if made := w.record(t, paid.ReferenceOrderID).Refunds; len(made) != 0 {
		t.Errorf("there are refunds: %+v", made)
	}
}

func cancelling(t *testing.T, w *world) {
	open := w.order(nil)
	v := w.started(t, open)
	w.act(t, open.ReferenceOrderID, "cancel", map[string]string{"reason": "sold out"})
	w.becomes(t, v.PaymentRequestID, "CANCELLED")
	eventually(t, "payment.cancelled", func() bool { return w.Shop.took(open.ReferenceOrderID, "payment.cancelled") })
	if a := w.operate(t, "POST", "/operator/orders/"+open.ReferenceOrderID+"/cancel", map[string]string{}); a.status != http.StatusOK {
		t.Errorf("cancelled twice: HTTP %d %s", a.status, a.body)
	}
	if again := w.start(t, w.token(t, open)); again.PaymentStatus != "CANCELLED" && again.PaymentRequestID == v.PaymentRequestID {
		t.Errorf("a cancelled order: %+v", again)
	}

	paid := w.order(nil)
	v = w.paid(t, paid)
	w.act(t, v.PaymentRequestID, "cancel", nil)
	w.becomes(t, v.PaymentRequestID, "CANCELLED")
	eventually(t, "payment.cancelled", func() bool { return w.Shop.took(paid.ReferenceOrderID, "payment.cancelled") })
	contains(t, w.send(t, "GET", "/return/"+v.PaymentRequestID, "", "Accept", acceptHTML).body, "Cancelled")

	failed := w.order(nil)
	v = w.started(t, failed)
	w.pay(t, v.PaymentRequestID, "FAIL")
	w.becomes(t, v.PaymentRequestID, "FAIL")
	a := w.operate(t, "POST", "/operator/orders/"+failed.ReferenceOrderID+"/cancel", map[string]string{})
	if want := []string{"PAYMENT_STATUS_INVALID "}; a.status != http.StatusConflict || !slices.Equal(a.codes(), want) {
		t.Errorf("a failed payment is cancelled: HTTP %d %v", a.status, a.codes())
	}
}

func operators(t *testing.T, w *world) {
	o := w.order(nil)
	w.started(t, o)
	for name, test := range map[string]struct {
		token, method, path string
		status              int
	}{
		"nobody":                 {"", "GET", "/operator/orders", 401},
		"a wrong token":          {"Bearer " + strings.Repeat("x", 30), "GET", "/operator/status", 401},
		"no bearer":              {"Basic " + w.Operator, "GET", "/operator/orders", 401},
		"a reader reads":         {"Bearer " + w.Reader, "GET", "/operator/orders/" + o.ReferenceOrderID, 200},
		"a reader's status":      {"Bearer " + w.Reader, "GET", "/operator/status", 200},
		"a reader acts":          {"Bearer " + w.Reader, "POST", "/operator/orders/" + o.ReferenceOrderID + "/cancel", 403},
		"an action of no kind":   {"Bearer " + w.Operator, "POST", "/operator/orders/" + o.ReferenceOrderID + "/pay", 404},
		"an address of nothing":  {"Bearer " + w.Operator, "GET", "/operator/nothing", 404},
		"an address, unknown to": {"", "GET", "/operator/nothing", 401},
	} {
		headers := []string{"Accept", acceptJSON}
		if test.token != "" {
			headers = append(headers, "Authorization", test.token)
		}
		if a := w.send(t, test.method, test.path, "", headers...); a.status != test.status {
			t.Errorf("%s: HTTP %d %s, want %d", name, a.status, a.body, test.status)
		}
	}
	if seen := w.record(t, o.ReferenceOrderID); seen.Attempts[0].PaymentStatus != "PROCESSING" {
		t.Errorf("a reader has cancelled: %+v", seen)
	}
}

func lists(t *testing.T, w *world) {
	var mine []string
	for range 5 {
		o := w.order(func(o *gateway.Order) { o.ReferenceOrderID = "=list-" + o.ReferenceOrderID })
		w.started(t, o)
		mine = append(mine, o.ReferenceOrderID)
	}
	var found []string
	for cursor, pages := "", 0; ; pages++ {
		var page struct {
			Orders []operator.Order
			Next   string
		}
		w.operate(t, "GET", "/operator/orders?limit=2&cursor="+cursor, nil).json(t, &page)
		for i, each := range page.Orders {
			if i > 0 && each.CreatedAt > page.Orders[i-1].CreatedAt {
				t.Error("an older one comes before a newer one")
			}
			found = append(found, each.ReferenceOrderID)
		}
		if cursor = page.Next; cursor == "" || pages > 1000 {
			break
		}
	}
	for _, id := range mine {
		if n := count(found, id); n != 1 {
			t.Errorf("%s is %d times in the pages", id, n)
		}
	}
	var d operator.Detail
	w.operate(t, "GET", "/operator/orders/"+strings.ReplaceAll(mine[0], "=", "%3D"), nil).json(t, &d)
	if d.ReferenceOrderID != mine[0] || len(d.PaymentRequestIDs) != 1 || len(d.PaymentIDs) != 1 {
		t.Fatalf("%s finds %+v", mine[0], d.Order)
	}
	for _, id := range []string{d.PaymentRequestIDs[0], d.PaymentIDs[0]} {
		var same operator.Detail
		if w.operate(t, "GET", "/operator/orders/"+id, nil).json(t, &same); same.ReferenceOrderID != mine[0] {
			t.Errorf("%s finds %q", id, same.ReferenceOrderID)
		}
	}
	for query, want := range map[string]int{"limit=0": 400, "limit=x": 400, "cursor=%21": 400, "paymentStatus=PAID": 400, "status=FAIL": 400, "attention=maybe": 400, "limit=1&limit=2": 400,
		"createdFrom=2026": 400, "createdFrom=2026-01-01T00:00:00Z&paymentStatus=PROCESSING": 200} {
		if a := w.operate(t, "GET", "/operator/orders?"+query, nil); a.status != want {
			t.Errorf("%s: HTTP %d, want %d", query, a.status, want)
		}
	}
	a := w.operate(t, "GET", "/operator/orders.csv?paymentStatus=PROCESSING", nil)
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") || len(rows) < 6 || rows[0][0] != "referenceOrderId" {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	in := 0
	for _, row := range rows[1:] {
		if slices.Contains(mine, strings.TrimPrefix(row[0], "'")) {
			in++
			if row[0][0] != '\'' || row[3] != "PROCESSING" || row[4] != "USD" || row[5] != "100" {
				t.Errorf("the row %q", row)
			}
		}
	}
	if in != len(mine) {
		t.Errorf("%d of %d orders are in the CSV", in, len(mine))
	}
}

func count(list []string, id string) (n int) {
	for _, each := range list {
		if each == id {
			n++
		}
	}
	return n
}

func pendingFirst(t *testing.T, w *world) {
	o := w.order(nil)
	v := w.started(t, o)
	w.pay(t, v.PaymentRequestID, "PENDING")
	w.becomes(t, v.PaymentRequestID, "PENDING")
	contains(t, w.send(t, "GET", "/return/"+v.PaymentRequestID, "", "Accept", acceptHTML).body, "Payment on its way")
	if told := w.Shop.Messages(o.ReferenceOrderID); len(told) != 0 {
		t.Errorf("the merchant was told %+v", told)
	}
	w.advance(2 * time.Hour)
	w.becomes(t, v.PaymentRequestID, "SUCCESS")
	eventually(t, "payment.succeeded", func() bool { return w.Shop.took(o.ReferenceOrderID, "payment.succeeded") })
}

func shopDown(t *testing.T, w *world) {
	w.Shop.answer(http.StatusServiceUnavailable)
	defer w.Shop.answer(0)
	o := w.order(nil)
	v := w.started(t, o)
	w.pay(t, v.PaymentRequestID, "SUCCESS")
	w.becomes(t, v.PaymentRequestID, "SUCCESS")
	w.advance(time.Hour)
	failed := w.Shop.Messages(o.ReferenceOrderID)
	if len(failed) < 4 || len(failed) > 9 {
		t.Errorf("%d deliveries in an hour", len(failed))
	}
	w.Shop.answer(0)
	w.advance(4 * time.Hour)
	eventually(t, "payment.succeeded", func() bool { return w.Shop.took(o.ReferenceOrderID, "payment.succeeded") })
	for _, m := range w.Shop.Messages(o.ReferenceOrderID) {
		if m.ID != failed[0].ID || m.Body != failed[0].Body {
			t.Errorf("another message: %+v", m)
		}
	}
}

func shopGone(t *testing.T, w *world) {
	w.Shop.answer(http.StatusInternalServerError)
	defer w.Shop.answer(0)
	o := w.order(nil)
	v := w.started(t, o)
	w.pay(t, v.PaymentRequestID, "SUCCESS")
	w.becomes(t, v.PaymentRequestID, "SUCCESS")
	w.advance(40 * time.Hour)
	if tried := w.Shop.Messages(o.ReferenceOrderID); len(tried) != 13 {
		t.Errorf("%d deliveries", len(tried))
	}
	r := w.record(t, o.ReferenceOrderID)
	if len(r.Attention) != 1 || r.Attention[0].Code != "MESSAGE_UNDELIVERED" || r.Messages[0].State != "FAILED" {
		t.Fatalf("it needs nobody: %+v", r)
	}
	w.Shop.answer(0)
	w.act(t, o.ReferenceOrderID, "resend", map[string]string{"id": r.Messages[0].ID})
	eventually(t, "payment.succeeded", func() bool { return w.Shop.took(o.ReferenceOrderID, "payment.succeeded") })
	eventually(t, "it needs nobody any more", func() bool { return len(w.record(t, o.ReferenceOrderID).Attention) == 0 })
}

func refundLost(t *testing.T, w *world) {
	o := w.order(func(o *gateway.Order) { o.OrderDescription = "Pencil #sandbox:refund.answer-reset" })
	w.paid(t, o)
	id := "refund-" + o.ReferenceOrderID
	w.act(t, o.ReferenceOrderID, "refunds", map[string]any{"refundRequestId": id, "refundAmount": "all"})
	w.advance(5 * time.Minute)
	eventually(t, "refund.succeeded", func() bool { return w.Shop.took(o.ReferenceOrderID, "refund.succeeded") })
	var d operator.Detail
	if w.operate(t, "GET", "/operator/orders/"+id, nil).json(t, &d); d.Refunded != "100" {
		t.Errorf("refunded %s", d.Refunded)
	}
}
