package host

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/wasm/core"
)

const (
	advanceConfig = `{"clientId":"5Y60382Z8VZR10066","origin":"https://pay.example"}`
	advanceStart  = 1790000000000
	advanceOrder  = `{"referenceOrderId":"order-1","orderDescription":"Pencil","paymentAmount":{"currency":"USD","value":"100"},"settlementCurrency":"USD","terminalType":"WEB","businessType":"4","goods":[{"goodsName":"Pencil","goodsQuantity":"1"}],"paymentRedirectUrl":"https://shop.example/thanks"}`
)

// orderLife is the life of one order, driven by bytes: each chooses an event and how far the clock moves before it.
type orderLife struct {
	now    int64
	record string
	calls  []string // the ids of the calls that were asked for, the last one first
	mails  []string
	orders int
}

var lifeAnswers = []string{
	`{"response":{"resultStatus":"U","resultCode":"PAYMENT_IN_PROCESS","paymentId":"p-1"},"redirect":{"method":"GET","action":"https://open.alipay.com/x","location":"https://open.alipay.com/x"},"state":"PROCESSING","outcome":"REDIRECT","errors":[]}`,
	`{"response":{"resultStatus":"F","resultCode":"ORDER_NOT_EXIST"},"outcome":"INQUIRE","errors":[]}`,
	`{"response":{"resultStatus":"F","resultCode":"USER_BALANCE_NOT_ENOUGH"},"outcome":"TELL_SHOPPER","errors":[]}`,
	`{"response":{"resultStatus":"S","resultCode":"SUCCESS"},"state":"CANCELLED","outcome":"SUCCEED","errors":[]}`,
	`{"response":{"resultStatus":"U","resultCode":"UNKNOWN_EXCEPTION"},"outcome":"INQUIRE","errors":[]}`,
	`{"response":{"resultStatus":"S","resultCode":"SUCCESS","paymentRequestId":"a1","paymentId":"p-1","paymentStatus":"SUCCESS","paymentAmount":{"currency":"USD","value":"100"}},"state":"SUCCESS","outcome":"SUCCEED","errors":[]}`,
	`{"response":{"resultStatus":"S","resultCode":"SUCCESS","refundRequestId":"r1","refundId":"f-1","refundAmount":{"currency":"USD","value":"60"}},"state":"SUCCESS","outcome":"SUCCEED","errors":[]}`,
	`{"response":{},"errors":[]}`, `{"errors":[{"code":"X"}]}`, `7`,
}

// event is the event that a byte chooses.
func (l *orderLife) event(choice byte) string {
	last := func(list []string) string {
		if len(list) == 0 {
			return "pay:a1:1"
		}
		return list[int(choice>>5)%len(list)]
	}
	notified := func(id, state, value string) string {
		status := map[string]string{"SUCCESS": "S", "FAIL": "F"}[state]
		return fmt.Sprintf(`{"type":"notification","notification":{"notification":{"notifyType":"PAYMENT_RESULT","resultStatus":%q,"resultCode":"X","paymentRequestId":%q,"paymentId":"p-1","paymentAmount":{"currency":"USD","value":%q}},"state":%q,"errors":[]}}`, status, id, value, state)
	}
	switch choice % 20 {
	case 0, 1:
		l.orders++
		return fmt.Sprintf(`{"type":"order","order":%s,"issuedAt":%d,"paymentRequestId":"a%d"}`, advanceOrder, l.now, l.orders)
	case 2, 3, 4, 5:
		return fmt.Sprintf(`{"type":"answer","id":%q,"answer":%s}`, last(l.calls), lifeAnswers[int(choice/4)%len(lifeAnswers)])
	case 6:
		return fmt.Sprintf(`{"type":"no-answer","id":%q,"sent":%t}`, last(l.calls), choice&64 == 0)
	case 7:
		return notified("a1", "SUCCESS", "100")
	case 8:
		return notified("a2", "FAIL", "100")
	case 9:
		return notified("a1", "SUCCESS", "1")
	case 10:
		return `{"type":"view","returned":true}`
	case 11:
		return `{"type":"cancel","by":"ann","reason":"\"sold out\" \u00e9"}`
	case 12:
		return `{"type":"refund","by":"ann","refundRequestId":"r1","refundAmount":{"currency":"USD","value":"60"}}`
	case 13:
		return `{"type":"refund","by":"ann","refundRequestId":"r2","refundAmount":"all","refundReason":"中文"}`
	case 14:
		return fmt.Sprintf(`{"type":"settle","by":"ann","as":%q}`, []string{"accept", "cancel", "keep", "x"}[choice>>6])
	case 15:
		return fmt.Sprintf(`{"type":%q,"id":%q,"status":204}`, []string{"delivered", "undelivered"}[choice>>7], last(l.mails))
	case 16:
		return fmt.Sprintf(`{"type":"resend","by":"ann","id":%q}`, last(l.mails))
	case 17:
		return `{"type":"inquire","by":"ann"}`
	}
	return `{"type":"due"}`
}

// live runs the events that the bytes choose, natively and on core.wasm.
func (l *orderLife) live(t *testing.T, wasm *Core, choices []byte) {
	for _, choice := range choices {
		event := l.event(choice)
		input := fmt.Sprintf(`{"config":%s,"now":%d,"record":%s,"event":%s}`, advanceConfig, l.now, l.record, event)
		reply := checkSame(t, wasm, "advance", []byte(input))
		var r struct {
			Record  json.RawMessage
			Effects []struct{ Type, ID string }
			DueAt   *int64
			Errors  []any
		}
		decode(t, reply, &r)
		if len(r.Errors) > 0 {
			continue
		}
		l.record = string(r.Record)
		for _, e := range r.Effects {
			if e.Type == "call" {
				l.calls = append([]string{e.ID}, l.calls...)
			} else {
				l.mails = append([]string{e.ID}, l.mails...)
			}
		}
		l.now += int64(choice) * 17
		if choice%20 == 18 && r.DueAt != nil {
			l.now = max(l.now, *r.DueAt)
		}
	}
}

// FuzzLives compares the core compiled by Go with core.wasm on lives of an order: what one event leaves is what the next
// one meets.
func FuzzLives(f *testing.F) {
	for _, seed := range [][]byte{
		{0, 2, 10, 18, 19, 7, 15, 12, 26, 13, 18, 19}, {0, 2, 11, 14, 7, 18, 19, 19}, {0, 10, 7, 14, 15, 0, 2, 18, 19},
		{0, 6, 18, 19, 6, 18, 19, 18, 19, 18, 19, 18, 19, 18, 19}, {0, 2, 7, 8, 14, 78, 142, 16, 17}, {0, 9, 9, 9, 9, 18, 19},
	} {
		f.Add(seed)
	}
	wasm := openCore(f, PoolSize(1))
	f.Fuzz(func(t *testing.T, choices []byte) {
		l := &orderLife{now: advanceStart, record: "null"}
		l.live(t, wasm, choices[:min(len(choices), 200)])
	})
}

// TestHostileRecords gives advance records and events that are meant to hurt. None traps, natively the replies are the same,
// and on a machine that does nothing else each takes less than 100 ms.
func TestHostileRecords(t *testing.T) {
	wasm := openCore(t, PoolSize(1))
	list := func(name string, n int, format string) string {
		var items []string
		for i := range n {
			items = append(items, strings.ReplaceAll(format, "#", fmt.Sprint(i)))
		}
		return `"` + name + `":[` + strings.Join(items, ",") + `]`
	}
	const base = `"version":1,"referenceOrderId":"order-1","createdAt":1,"updatedAt":1,"issuedAt":1,"order":` + advanceOrder
	attempt := `{"paymentRequestId":"a#","paymentStatus":"FAIL","createdAt":1,"finalAt":1}`
	long := strings.Repeat("x", 200_000)
	records := map[string]string{
		"ten attempts, refunds, messages, attention, history": strings.Join([]string{base, list("attempts", 10, attempt),
			list("refunds", 30, `{"refundRequestId":"r#","paymentRequestId":"a1","refundAmount":{"currency":"USD","value":"1"},"refundStatus":"PROCESSING","createdAt":1,"nextAt":1}`),
			list("messages", 10, `{"id":"a#_failed","type":"payment.failed","about":"a#","at":1,"state":"PENDING","nextAt":1}`),
			list("attention", 20, `{"code":"NOTIFICATION_MISFIT","about":"#","at":1}`),
			list("history", 60, `{"at":1,"what":"asked","from":"service","about":"a1","detail":"pay"}`)}, ","),
		"too many attempts":         base + "," + list("attempts", 2000, attempt),
		"too much history":          base + "," + list("history", 3000, `{"at":1,"what":"asked","from":"service"}`),
		"long history":              base + `,"history":[{"at":1,"what":"asked","from":"` + long + `"}]`,
		"long attention":            base + `,"attention":[{"code":"CONFLICT","about":"` + long + `","at":1}]`,
		"a long id":                 base + `,"attempts":[{"paymentRequestId":"` + long + `","paymentStatus":"FAIL","createdAt":1}]`,
		"a long word":               base + `,"attempts":[{"paymentRequestId":"a","paymentStatus":"` + long + `"}]`,
		"a long number":             base + `,"attempts":[{"createdAt":` + strings.Repeat("9", 200_000) + `}]`,
		"a large redirect":          base + `,"attempts":[{"paymentRequestId":"a","paymentStatus":"PROCESSING","createdAt":1,"nextInquiryAt":1,"redirect":{"location":"` + long + `"}}]`,
		"many unknown members":      base + "," + strings.Trim(list("x", 4000, `"#":1`)[5:], "[]"),
		"a large order":             `"version":1,"referenceOrderId":"order-1","createdAt":1,"order":{"metadata":"` + long + `","paymentAmount":{"currency":"USD","value":"1"}}`,
		"an order of other things":  `"version":1,"referenceOrderId":"order-1","createdAt":1,"order":{"paymentAmount":[],"settlementCurrency":7}`,
		"numbers of another kind":   `"version":1e0,"createdAt":1.5`,
		"a message about nothing":   base + `,"messages":[{"id":"x","type":"payment.failed","about":"x","state":"PENDING"}]`,
		"an attempt in the future":  base + `,"attempts":[{"paymentRequestId":"a","paymentStatus":"PROCESSING","createdAt":99999999999999,"nextInquiryAt":99999999999999}]`,
		"a call that is no call":    base + `,"attempts":[{"paymentRequestId":"a","paymentStatus":"PROCESSING","createdAt":1,"call":"SUCCESS","calls":1}]`,
		"many tries":                base + `,"attempts":[` + strings.ReplaceAll(attempt, "#", "") + `],"messages":[{"id":"a_failed","type":"payment.failed","about":"a","state":"PENDING","tries":99999999999999,"nextAt":1}]`,
		"a conflict of every kind":  base + `,"attempts":[{"paymentRequestId":"a","paymentStatus":"SUCCESS","createdAt":1,"conflict":{"paymentStatus":"asked"}}]`,
		"a state that is no state":  base + `,"attempts":[{"paymentRequestId":"a","paymentStatus":"pay","createdAt":1}]`,
		"a cancellation of nothing": base + `,"attempts":[{"paymentRequestId":"a","paymentStatus":"FAIL","createdAt":1,"cancellation":{}}]`,
	}
	events := []string{
		`{"type":"due"}`, `{"type":"view","returned":true}`, `{"type":"cancel","by":"ann"}`, `{"type":"settle","by":"a","as":"accept"}`,
		`{"type":"order","order":` + advanceOrder + `,"issuedAt":99,"paymentRequestId":"n"}`,
		`{"type":"refund","by":"ann","refundRequestId":"r","refundAmount":"all"}`,
		`{"type":"answer","id":"pay:` + strings.Repeat(":", 20000) + `","answer":{}}`,
		`{"type":"answer","id":"pay:a:1","answer":{"response":{"resultCode":"` + long[:50000] + `"},"errors":[]}}`,
		`{"type":"notification","notification":{"notification":{"notifyType":"` + long[:50000] + `"},"errors":[]}}`,
		`{"type":"dismiss","by":"ann","id":"` + long[:50000] + `"}`, `{"type":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`, `[]`, `{}`,
	}
	var slowest time.Duration
	slow := ""
	for name, record := range records {
		for i, event := range events {
			input := []byte(`{"config":` + advanceConfig + `,"now":1790000000000,"record":{` + record + `},"event":` + event + `}`)
			got, took, err := timed(t, wasm, "advance", input)
			if took > slowest {
				slowest, slow = took, fmt.Sprint(name, ", event ", i)
			}
			want, nativeErr := got, error(nil)
			if !raceDetector {
				want, nativeErr = core.Call("advance", input)
			}
			if err != nil || nativeErr != nil || !bytes.Equal(got, want) {
				t.Errorf("%s, event %d: %.200s, %v\nnative %.200s, %v", name, i, got, err, want, nativeErr)
			}
		}
	}
	t.Logf("%.1f ms for %s", float64(slowest.Microseconds())/1000, slow)
	if slowest > 2*time.Second {
		t.Errorf("%v for %s", slowest, slow)
	}
	if got := wasm.Stats(); got.Started-got.Replaced != 1 || got.Replaced != 0 {
		t.Errorf("got %+v", got)
	}
}
