package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/idempotency"
)

// The notification of another order is another notification to the server, and a repeated one is the same. When all of them
// had one payment id, the second order was acknowledged and never handled.
func TestNotifyAboutAnotherOrderIsHandled(t *testing.T) {
	folder := keyFolder(t)
	key, err := os.ReadFile(filepath.Join(folder, sandboxPublic))
	if err != nil {
		t.Fatal(err)
	}
	core, err := host.Open(t.Context(), host.PoolSize(1))
	if err != nil {
		t.Fatal(err)
	}
	defer core.Close()
	ring, err := gateway.NewKeyRing(map[string]string{"1": string(key)})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	c, err := gateway.New(gateway.Options{Core: core, Config: gateway.Config{ClientID: "SANDBOX_MINE"}, AlipayKeys: ring, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	var handled []string
	handler, err := c.NotificationHandler(func(_ context.Context, event gateway.Event) error {
		handled = append(handled, event.PaymentRequestID+event.RefundRequestID)
		return nil
	}, gateway.HandlerOptions{
		Store: &idempotency.Memory{},
		Lookup: func(_ context.Context, n *gateway.Notification) (gateway.Stored, error) {
			amount := gateway.Amount{Currency: "USD", Value: "100"}
			if n.NotifyType == gateway.RefundResult {
				return gateway.Stored{RefundRequestID: n.RefundRequestID, RefundAmount: amount}, nil
			}
			return gateway.Stored{PaymentRequestID: n.PaymentRequestID, PaymentAmount: amount}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	shop := httptest.NewServer(handler)
	defer shop.Close()
	args := []string{"notify", "--to", shop.URL + "/notify", "--keys", folder, "--config", `{"clientId":"SANDBOX_MINE"}`}
	for _, more := range [][]string{
		{"--payment-request-id", "fw-1"}, {"--payment-request-id", "fw-2"}, {"--payment-request-id", "fw-3", "--times", "3"}, {"--payment-request-id", "fw-1"},
		{"--kind", "refund.succeeded", "--refund-request-id", "r-1"}, {"--kind", "refund.succeeded", "--refund-request-id", "r-2"},
	} {
		if r := cashier(t, "", append(slices.Clone(args), more...)...).want(t, 0); !strings.HasPrefix(r.out, "acknowledged\n") {
			t.Errorf("%v: %+v", more, r)
		}
	}
	if want := []string{"fw-1", "fw-2", "fw-3", "r-1", "r-2"}; !slices.Equal(handled, want) {
		t.Errorf("handled %v, want %v\n%s", handled, want, log.String())
	}
	// The client id is that of the config, or of the flag, and not of both.
	if r := cashier(t, "", append(slices.Clone(args), "--client-id", "C")...).want(t, 2); !strings.Contains(r.err, "client-id") {
		t.Errorf("%+v", r)
	}
}
