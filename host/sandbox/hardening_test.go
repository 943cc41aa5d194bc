package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Anybody can make calls that belong to no payment, a web page with an image for instance. They displace each other
// only.
func TestStrayCallsDoNotDisplacePayments(t *testing.T) {
	store := &memoryStore{all: map[string]Document{}}
	b := newBurst(t, 1, func(o *Options) { o.MaximumMemory = 1 << 20; o.Store = store })
	b.pay(t)
	b.finish()
	id := b.server.Payments()[0].PaymentID
	for i := range 300 {
		request := httptest.NewRequest(http.MethodGet, payTarget+"?"+strings.Repeat("x", 900<<10), nil)
		request.Header.Set("client-id", strings.Repeat("y", 100<<10))
		for j := range 1000 {
			request.Header.Set(fmt.Sprint("n", j), "1")
		}
		if i%3 == 0 {
			request.Method = http.MethodPost
		}
		b.server.ServeHTTP(httptest.NewRecorder(), request)
	}
	memory, l := b.server.State().Memory, b.server.ledger
	if memory.Payments != 1 || memory.Forgotten != 0 || memory.Bytes > 64<<10 {
		t.Errorf("%+v", memory)
	}
	newest := l.strays[len(l.strays)-1]
	if l.straySize > memory.Limit/strayShare || len(l.strays) < 2 || newest.size() > 64<<10 || newest.Number == 0 {
		t.Errorf("%d strays take %d bytes, the newest %d", len(l.strays), l.straySize, newest.size())
	}
	text, _ := json.Marshal(l.strays)
	if len(text) > memory.Limit {
		t.Errorf("%d bytes are kept", len(text))
	}
	b.server.Close()
	if _, stored := store.all[id]; !stored {
		t.Error("the payment is gone from the store")
	}
}

// What a page of another site makes a browser send leaves no trace. The developer's own pages do.
func TestCallsOfForeignPagesAreNotRecorded(t *testing.T) {
	for name, test := range map[string]struct {
		header, value string
		recorded      bool
	}{
		"a foreign page":                 {"Sec-Fetch-Site", "cross-site", false},
		"a foreign page, older browser":  {"Origin", "https://evil.example", false},
		"a foreign page without a name":  {"Origin", "null", false},
		"another port on this machine":   {"Sec-Fetch-Site", "same-site", true},
		"a page on this machine":         {"Origin", "http://localhost:3000", true},
		"typed into the address bar":     {"Sec-Fetch-Site", "none", true},
		"no browser":                     {"User-Agent", "curl", true},
		"a page named like this machine": {"Origin", "http://localhost.evil.example", false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			request, _ := http.NewRequest(http.MethodGet, b.url+payTarget, nil)
			request.Header.Set(test.header, test.value)
			b.do(http.DefaultClient, request)
			if strays := b.server.ledger.strayEvents(); (len(strays) == 1) != test.recorded {
				t.Errorf("%d calls are recorded", len(strays))
			}
		})
	}
}

// A resend is acknowledged while an attempt of the schedule hangs, which then fails.
func TestAcknowledgedNotificationStaysAcknowledged(t *testing.T) {
	arrived, hang := make(chan struct{}), make(chan struct{})
	address, _ := receiver(t, func(w http.ResponseWriter, number int) {
		if number == 1 {
			close(arrived)
			<-hang
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		acknowledge(w, number)
	})
	b := newBench(t, nil)
	id := b.payAndFinish(map[string]any{"paymentNotifyUrl": address})
	<-arrived
	attempt, err := b.server.courier.resend(t.Context(), &delivery{paymentID: id, clientID: testClient}, nil)
	if err != nil || !attempt.Acknowledged {
		t.Fatalf("%+v, %v", attempt, err)
	}
	close(hang)
	p := b.wait(id, func(p Payment) bool { return len(p.Notifications[0].Attempts) == 2 })
	if n := p.Notifications[0]; n.State != Acknowledged || !n.NextAttempt.IsZero() {
		t.Errorf("%+v", n)
	}
}

// At full speed more time passes in 30 hours than a time.Duration holds.
func TestClockDoesNotOverflow(t *testing.T) {
	before := testTime
	for _, hours := range []time.Duration{1, 29, 30, 60, 600, 10_000, 2_000_000} {
		now := later(testTime, hours*time.Hour, MaximumSpeed)
		if now.Before(before) {
			t.Errorf("after %d hours it is %v, before it was %v", hours, now, before)
		}
		if _, err := json.Marshal(now); err != nil {
			t.Error(err)
		}
		before = now
	}
	if got, want := later(testTime, 30*time.Hour, MaximumSpeed), testTime.AddDate(0, 0, 30*3600); !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	clock := NewManualClock(endOfTime.Add(-time.Minute))
	ran := false
	clock.AfterFunc(time.Second, func() { ran = true })
	clock.AfterFunc(time.Hour, func() { t.Error("it runs after the end of time") })
	clock.Advance(24 * time.Hour)
	if err := clock.SetSpeed(MaximumSpeed); err != nil || !ran || !clock.Now().Equal(endOfTime) {
		t.Errorf("%v, %v, %v", ran, clock.Now(), err)
	}
}

// faltering is a store that cannot write so many times.
type faltering struct {
	memoryStore
	failures int
	saves    chan int
}

func (f *faltering) Save(ctx context.Context, changed []Document, removed []string) error {
	f.saves <- len(changed)
	if f.failures--; f.failures >= 0 {
		return errors.New("database is locked")
	}
	return f.memoryStore.Save(ctx, changed, removed)
}

func TestSaveThatFailedIsTriedAgain(t *testing.T) {
	store := &faltering{memoryStore: memoryStore{all: map[string]Document{}}, failures: 2, saves: make(chan int, 100)}
	b := newBench(t, func(o *Options) { o.Store = store })
	b.pay(order(nil))
	for attempt := range 3 {
		select {
		case n := <-store.saves:
			if n != 1 {
				t.Errorf("attempt %d: %d documents", attempt, n)
			}
		case <-time.After(10 * saveAgain):
			t.Fatalf("there is no attempt %d", attempt)
		}
	}
}

func TestSaveThatFailedIsTriedAgainAtTheEnd(t *testing.T) {
	store := &faltering{memoryStore: memoryStore{all: map[string]Document{}}, failures: lastSaves - 1, saves: make(chan int, 100)}
	l := newLedger(NewManualClock(testTime), DefaultMemory)
	k := newKeeper(store, l, func(error) {})
	k.close()
	l.mu.Lock()
	k.done, k.dirty["p"] = make(chan struct{}), &record{payment: Payment{PaymentID: "p"}}
	l.mu.Unlock()
	k.run() // its channel is closed: these are the last attempts
	if len(store.all) != 1 {
		t.Errorf("%d documents are stored", len(store.all))
	}
}

// A fault that happens once for each payment does so however many payments there are.
func TestFaultsStayUsedUp(t *testing.T) {
	general, err := parseFaults([]string{"answer-500"})
	if err != nil {
		t.Fatal(err)
	}
	plan := newFaultPlan(1, general)
	draw := func(i int) int { return len(plan.forAnswer("pay", subject{"c", fmt.Sprint(i), ""})) }
	const many = 1<<16 + 10
	for i := range many {
		if draw(i) != 1 {
			t.Fatalf("payment %d has no fault", i)
		}
	}
	for _, i := range []int{0, 1, many - 1} {
		if draw(i) != 0 {
			t.Errorf("payment %d has it again", i)
		}
	}
	for i := range maximumFaultUses {
		draw(i)
	}
	if len(plan.uses) != maximumFaultUses || len(plan.oldest) != maximumFaultUses {
		t.Errorf("%d, %d are remembered", len(plan.uses), len(plan.oldest))
	}
}

// The server that commands use gives up on clients that send slowly.
func TestHTTPServerHasLimits(t *testing.T) {
	b := newBench(t, nil)
	server := b.server.HTTPServer()
	if server.ReadTimeout <= 0 || server.ReadHeaderTimeout <= 0 || server.IdleTimeout <= 0 || server.MaxHeaderBytes != 64<<10 || server.Protocols.HTTP2() {
		t.Errorf("%+v", server)
	}
	// Shutting it down ends the pages that wait for news.
	front := httptest.NewUnstartedServer(nil)
	front.Config = server
	front.Start()
	var reading sync.WaitGroup
	answer, err := http.Get(front.URL + "/sandbox/api/events")
	if err != nil {
		t.Fatal(err)
	}
	reading.Go(func() {
		defer answer.Body.Close()
		for buffer := make([]byte, 100); ; {
			if _, err := answer.Body.Read(buffer); err != nil {
				return
			}
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	reading.Wait()
}
