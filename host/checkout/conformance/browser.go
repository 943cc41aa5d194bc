package conformance

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/host/checkout/operator"
	"github.com/edgecashier/cashier/host/checkout/pages"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/sandbox"
)

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a *answer) json(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		t.Fatalf("HTTP %d, no JSON: %v\n%s", a.status, err, a.body)
	}
}

// codes are those of problem details.
func (a *answer) codes() (list []string) {
	var details struct{ Errors gateway.Problems }
	_ = json.Unmarshal([]byte(a.body), &details)
	for _, one := range details.Errors {
		list = append(list, string(one.Code)+" "+one.Path)
	}
	return list
}

const (
	acceptJSON = "application/json"
	acceptHTML = "text/html,application/xhtml+xml"
)

// send makes a request. headers are pairs of names and values.
func (w *world) send(t *testing.T, method, path string, body string, headers ...string) *answer {
	t.Helper()
	address := path
	if strings.HasPrefix(path, "/") {
		address = w.Origin + path
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return w.do(t, r)
}

func (w *world) do(t *testing.T, r *http.Request) *answer {
	t.Helper()
	response, err := w.browser.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &answer{response.StatusCode, response.Header, string(text)}
}

// checkout posts a token as a browser's form does.
func (w *world) checkout(t *testing.T, token string) *answer {
	t.Helper()
	return w.send(t, "POST", "/checkout", formOf(map[string]string{"token": token}).Encode(),
		"Content-Type", "application/x-www-form-urlencoded", "Accept", acceptHTML)
}

// start posts a token as a script does and returns the view.
func (w *world) start(t *testing.T, token string) pages.View {
	t.Helper()
	a := w.send(t, "POST", "/checkout", string(marshal(t, map[string]string{"token": token})), "Content-Type", acceptJSON, "Accept", acceptJSON)
	if a.status != http.StatusOK && a.status != http.StatusAccepted {
		t.Fatalf("checkout: HTTP %d %s", a.status, a.body)
	}
	var v pages.View
	a.json(t, &v)
	return v
}

// started is a payment that the shopper may pay.
func (w *world) started(t *testing.T, o gateway.Order) pages.View {
	t.Helper()
	v := w.start(t, w.token(t, o))
	if v.PaymentStatus != "PROCESSING" || v.Redirect == nil {
		t.Fatalf("it cannot be paid: %+v", v)
	}
	return v
}

// look is the payment as scripts see it.
func (w *world) look(t *testing.T, paymentRequestID string) pages.View {
	t.Helper()
	a := w.send(t, "GET", "/payments/"+paymentRequestID, "")
	var v pages.View
	a.json(t, &v)
	return v
}

// becomes waits until a payment has a status.
func (w *world) becomes(t *testing.T, paymentRequestID, status string) pages.View {
	t.Helper()
	var v pages.View
	eventually(t, status, func() bool {
		v = w.look(t, paymentRequestID)
		return v.PaymentStatus == status
	})
	return v
}

// payment is what Alipay knows of a payment.
func (w *world) payment(t *testing.T, paymentRequestID string) sandbox.Payment {
	t.Helper()
	for _, p := range w.Alipay.Payments() {
		if p.PaymentRequestID == paymentRequestID {
			return p
		}
	}
	t.Fatalf("Alipay has no payment %s", paymentRequestID)
	return sandbox.Payment{}
}

// pay is the shopper at the cashier: outcome is SUCCESS, FAIL or PENDING.
func (w *world) pay(t *testing.T, paymentRequestID, outcome string) {
	t.Helper()
	p := w.payment(t, paymentRequestID)
	a := w.send(t, "POST", w.Alipay.URL+"/sandbox/api/payments/"+p.PaymentID+"/complete", `{"outcome":"`+outcome+`"}`, "Content-Type", acceptJSON)
	if a.status != http.StatusOK {
		t.Fatalf("at the cashier: HTTP %d %s", a.status, a.body)
	}
}

// paid is an order that was paid, and the merchant has heard of it.
func (w *world) paid(t *testing.T, o gateway.Order) pages.View {
	t.Helper()
	v := w.started(t, o)
	w.pay(t, v.PaymentRequestID, "SUCCESS")
	v = w.becomes(t, v.PaymentRequestID, "SUCCESS")
	eventually(t, "payment.succeeded", func() bool { return w.Shop.took(o.ReferenceOrderID, "payment.succeeded") })
	return v
}

// operate makes an operator's request.
func (w *world) operate(t *testing.T, method, path string, body any) *answer {
	t.Helper()
	text := ""
	if body != nil {
		text = string(marshal(t, body))
	}
	return w.send(t, method, path, text, "Authorization", "Bearer "+w.Operator, "Content-Type", acceptJSON)
}

// act is an operator's action on an order, which must be accepted.
func (w *world) act(t *testing.T, id, action string, body any) operator.Detail {
	t.Helper()
	a := w.operate(t, "POST", "/operator/orders/"+id+"/"+action, body)
	if a.status != http.StatusOK && a.status != http.StatusAccepted {
		t.Fatalf("%s: HTTP %d %s", action, a.status, a.body)
	}
	var d operator.Detail
	a.json(t, &d)
	return d
}

// record is an order as the operator sees it.
type record struct {
	Attempts []struct {
		PaymentRequestID, PaymentID, PaymentStatus, ResultCode string
		Conflict                                               *struct{ PaymentStatus, SettledAs string }
	}
	Refunds   []struct{ RefundRequestID, RefundStatus string }
	Messages  []struct{ ID, Type, State string }
	Attention []struct{ ID, Code, About string }
	History   []struct{ What, From, About, Detail string }
}

func (w *world) record(t *testing.T, id string) record {
	t.Helper()
	a := w.operate(t, "GET", "/operator/orders/"+id, nil)
	if a.status != http.StatusOK {
		t.Fatalf("HTTP %d %s", a.status, a.body)
	}
	var d struct{ Record record }
	a.json(t, &d)
	return d.Record
}

func marshal(t *testing.T, value any) []byte {
	t.Helper()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
