//go:build !js

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/host/gateway"
)

func TestLogLinesCarryTheRequestAndNoSecrets(t *testing.T) {
	var out bytes.Buffer
	w, a, _ := testWorker(t)
	w.log = slog.New(requestLog{slog.NewJSONHandler(&out, nil)})
	w.handler = w.routes()
	a.inquiry = func(gateway.PaymentReference) (*gateway.PaymentInquiry, error) { return nil, gateway.ErrOutcomeUnknown }
	a.answer = func(gateway.Order) (*gateway.Payment, error) { return nil, gateway.ErrOutcomeUnknown }
	p := mustStart(t, w)
	request := httptest.NewRequest("GET", "/return/"+p.PaymentRequestID, nil)
	request.Header.Set("X-Request-Id", "ray-1")
	w.handler.ServeHTTP(httptest.NewRecorder(), request)
	var line struct{ RequestID, PaymentRequestID string }
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || line.RequestID != "ray-1" || line.PaymentRequestID != p.PaymentRequestID {
		t.Errorf("%v: %s", err, out.String())
	}
	for _, secret := range []string{testSecret, "goodsName", "Pencil"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the log has %q: %s", secret, out.String())
		}
	}
	w.log.With("a", 1).WithGroup("g").InfoContext(context.Background(), "without a request")
}

func TestHealth(t *testing.T) {
	w, _, _ := testWorker(t)
	w.handler = w.routes()
	health := func() (int, string) {
		recorder := httptest.NewRecorder()
		w.handler.ServeHTTP(recorder, httptest.NewRequest("GET", "/healthz", nil))
		return recorder.Code, recorder.Body.String()
	}
	if code, body := health(); code != http.StatusOK || !strings.Contains(body, `"schema":3`) {
		t.Errorf("%d %s", code, body)
	}
	if _, err := w.ledger.db.Exec(`UPDATE schema SET version = 1`); err != nil {
		t.Fatal(err)
	}
	if code, body := health(); code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", code, body)
	}
}
