package sandbox

import (
	"bytes"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// burst is a number of payments that are asked for and made in one process, without a network in between.
type burst struct {
	server   *Server
	clock    *AdjustableClock
	requests []*http.Request
	bodies   [][]byte
}

func newBurst(tb testing.TB, count int, change func(*Options)) *burst {
	tb.Helper()
	clock := NewManualClock(testTime)
	options := Options{Merchants: []Merchant{testMerchant()}, PrivateKey: testKeys()[1], Clock: clock,
		Client: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			io.Copy(io.Discard, r.Body)
			header := http.Header{"Content-Type": {"application/json"}, "Date": {"Mon, 01 Jun 2020 09:25:10 GMT"}}
			return &http.Response{StatusCode: 200, Proto: "HTTP/1.1", Status: "200 OK", Header: header, Body: io.NopCloser(strings.NewReader(goodAcknowledgement))}, nil
		})}}
	if change != nil {
		change(&options)
	}
	server, err := New(options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { server.Close() })
	b := &burst{server: server, clock: clock}
	for i := range count {
		body, _ := json.Marshal(order(map[string]any{"paymentRequestId": fmt.Sprintf("load-%d", i)}))
		request := httptest.NewRequest(http.MethodPost, payTarget, nil)
		request.Header.Set("Content-Type", "application/json; charset=UTF-8")
		request.Header.Set("client-id", testClient)
		request.Header.Set("request-time", seedTime)
		request.Header.Set("signature", testSign(testKeys()[0], "2", payTarget, testClient, seedTime, body))
		b.requests, b.bodies = append(b.requests, request), append(b.bodies, body)
	}
	return b
}

// pay makes all the calls and tells how long they took.
func (b *burst) pay(tb testing.TB) time.Duration {
	tb.Helper()
	began := time.Now()
	for i, request := range b.requests {
		request.Body = io.NopCloser(bytes.NewReader(b.bodies[i]))
		w := httptest.NewRecorder()
		b.server.ServeHTTP(w, request)
		if !bytes.Contains(w.Body.Bytes(), []byte("PAYMENT_IN_PROCESS")) {
			tb.Fatalf("%s", w.Body)
		}
	}
	return time.Since(began)
}

// finish pays what was asked for and waits until the merchant knows.
func (b *burst) finish() {
	for _, p := range b.server.Payments() {
		b.server.completePayment(p.PaymentID)
		for {
			if p, found := b.server.ledger.get(p.PaymentID); !found || len(p.Notifications) == 1 && p.Notifications[0].State == Acknowledged {
				break
			}
			runtime.Gosched()
		}
	}
}

// bare is the RSA work of a pay call and nothing else: one signature is verified, one is made.
func bare(tb testing.TB, count int, bodies [][]byte, merchant *rsa.PrivateKey) time.Duration {
	tb.Helper()
	contents, headers := make([][]byte, count), make([]signatureHeader, count)
	for i := range count {
		contents[i] = signedContent("POST", payTarget, testClient, seedTime, bodies[i])
		header, _ := signer{merchant, 2}.header(contents[i])
		headers[i], _ = parseSignatureHeader(header)
	}
	own := signer{key: testKeys()[1], version: 1}
	began := time.Now()
	for i := range count {
		if verifySignature(&merchant.PublicKey, contents[i], headers[i].signature) != nil {
			tb.Fatal("not verified")
		}
		if _, err := own.header(contents[i]); err != nil {
			tb.Fatal(err)
		}
	}
	return time.Since(began)
}

func heapBytes() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// measure compares a burst with the bare RSA work, and counts the memory of its finished payments.
func measure(tb testing.TB, count int) (share float64, perPayment, estimated int) {
	b := newBurst(tb, count, func(o *Options) { o.MaximumMemory = 1 << 30 })
	before := heapBytes()
	// In turns, so that a machine that is busy for a while is so for both.
	var calls, work time.Duration
	all, bodies := b.requests, b.bodies
	const slice = 500
	for from := 0; from < count; from += slice {
		to := min(count, from+slice)
		b.requests, b.bodies = all[from:to], bodies[from:to]
		calls += b.pay(tb)
		work += bare(tb, to-from, b.bodies, testKeys()[0])
	}
	b.finish()
	perPayment = int(heapBytes()-before) / count
	return float64(work) / float64(calls), perPayment, b.server.State().Memory.BytesPerPayment
}

// BenchmarkTenThousandPayments tells how much of the speed of the bare RSA work pay calls keep, and what a finished payment
// with all that was on the wire takes up in memory. It takes half a minute.
func BenchmarkTenThousandPayments(b *testing.B) {
	const count = 10_000
	for range b.N {
		share, perPayment, estimated := measure(b, count)
		b.ReportMetric(100*share, "%-of-RSA-speed")
		b.ReportMetric(float64(perPayment), "heap-bytes/payment")
		b.ReportMetric(float64(estimated), "counted-bytes/payment")
		recordShare(b, share, perPayment)
	}
}

// recordShare adds what was measured to the file that BENCH_RESULTS names, for the table of ./build.sh bench.
func recordShare(b *testing.B, share float64, perPayment int) {
	path := os.Getenv("BENCH_RESULTS")
	if path == "" {
		return
	}
	text, err := json.Marshal(map[string]any{"area": "host", "what": "sandbox, pay calls", "value": fmt.Sprintf("%d bytes a payment", perPayment),
		"against": "bare RSA work", "ratio": share, "target": "at least 0.90", "reached": share >= 0.9,
		"command": "go test -run '^$' -bench TenThousand -benchtime 1x ./host/sandbox"})
	if err != nil {
		b.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Write(append(text, '\n')); err != nil {
		b.Fatal(err)
	}
}

// The same with few payments. Speed is told and not judged, as machines differ; what is counted as memory must be near what
// is taken up.
func TestLoad(t *testing.T) {
	share, perPayment, estimated := measure(t, 200)
	t.Logf("pay calls keep %.0f%% of the speed of the bare RSA work; a finished payment takes %d bytes, counted as %d", 100*share, perPayment, estimated)
	if perPayment > 2*estimated {
		t.Errorf("a finished payment takes %d bytes and is counted as %d", perPayment, estimated)
	}
}

// Memory stays below its limit, whatever is remembered.
func TestMemoryIsBounded(t *testing.T) {
	b := newBurst(t, 150, func(o *Options) { o.MaximumMemory = 1 << 20 })
	for i := range b.requests {
		one := &burst{server: b.server, requests: b.requests[i : i+1], bodies: b.bodies[i : i+1]}
		one.pay(t)
		one.finish()
	}
	m := b.server.State().Memory
	if m.Bytes > m.Limit || m.Forgotten == 0 || m.Payments+m.Forgotten != 150 || m.Payments < 50 {
		t.Errorf("%+v", m)
	}
	payments := b.server.Payments()
	if last := payments[len(payments)-1]; last.PaymentRequestID != "load-149" {
		t.Errorf("the newest payment is %s", last.PaymentRequestID)
	}
	if _, found := b.server.Payment("load-0"); found {
		t.Error("the oldest payment is remembered")
	}
}

// Payments that are still open are never forgotten; when they fill the memory, new ones are refused for the time being.
func TestMemoryFullOfOpenPayments(t *testing.T) {
	b := newBurst(t, 400, func(o *Options) { o.MaximumMemory = 1 << 20 })
	refusedAt := 0
	for i, request := range b.requests {
		request.Body = io.NopCloser(bytes.NewReader(b.bodies[i]))
		w := httptest.NewRecorder()
		b.server.ServeHTTP(w, request)
		if strings.Contains(w.Body.String(), "REQUEST_TRAFFIC_EXCEED_LIMIT") {
			refusedAt = i
			break
		}
	}
	if refusedAt == 0 || len(b.server.Payments()) != refusedAt {
		t.Fatalf("%d payments, refused at %d", len(b.server.Payments()), refusedAt)
	}
	b.clock.Advance(14 * time.Minute)
	b.requests, b.bodies = b.requests[refusedAt:refusedAt+1], b.bodies[refusedAt:refusedAt+1]
	b.pay(t)
}
