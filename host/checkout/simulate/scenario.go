package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/sandbox"
)

// faults are what Alipay may do to an order, on request in its description.
var faults = []string{
	"pay.answer-reset", "pay.answer-truncated", "pay.answer-tampered", "pay.answer-unsigned", "pay.answer-wrong-key-version", "pay.answer-429", "pay.answer-500*2", "pay.answer-html",
	"pay.answer-no-url", "pay.answer-unknown-made", "pay.answer-unknown-not-made*2", "inquiryPayment.answer-reset*2", "inquiryPayment.answer-500", "inquiryPayment.answer-tampered",
	"cancel.answer-reset", "cancel.answer-unknown-made", "cancel.answer-500", "refund.answer-reset", "refund.answer-unknown-made", "refund.answer-unknown-not-made", "refund.answer-tampered",
	"inquiryRefund.answer-500", "notify-late=20m", "notify-twice", "notify-reordered=90s", "notify-truncated", "notify-tampered*8", "notify-unsigned*3", "notify-wrong-key-version", "notify-stale-time*2",
}

// plan plans the life of one order: what the shop, the shopper and the operator do.
func (w *world) plan(number int) {
	id := fmt.Sprint("order-", number)
	chance := w.draw(id, "plan")
	o := gateway.Order{
		ReferenceOrderID: id, OrderDescription: "Pencil", PaymentAmount: gateway.Amount{Currency: "USD", Value: fmt.Sprint(100 + chance.IntN(1000))},
		SettlementCurrency: "USD", TerminalType: "WEB", BusinessType: "4", Goods: []gateway.Goods{{GoodsName: "Pencil HB", GoodsQuantity: "1"}},
		PaymentRedirectURL: shop + "/thanks",
	}
	for chance.IntN(2) == 0 {
		o.OrderDescription += " #sandbox:" + faults[chance.IntN(len(faults))]
	}
	at := within64(chance, dayOne)
	for range 1 + chance.IntN(3) {
		w.at(at, func() { w.checkout(o) })
		at += within64(chance, 20*time.Second)
	}
	if chance.IntN(10) < 8 {
		outcome := []string{"SUCCESS", "SUCCESS", "SUCCESS", "SUCCESS", "SUCCESS", "FAIL", "PENDING"}[chance.IntN(7)]
		w.at(at+within64(chance, 10*time.Minute), func() { w.shopper(id, outcome, 3) })
	}
	if chance.IntN(3) == 0 { // once more, when the first attempt has come to nothing
		w.at(at+20*time.Minute+within64(chance, 3*time.Hour), func() { w.checkout(o) })
		w.at(at+4*time.Hour, func() { w.shopper(id, "SUCCESS", 1) })
	}
	if chance.IntN(12) == 0 {
		w.at(at+within64(chance, 90*time.Minute), func() { w.operate(id, "cancel", map[string]any{"reason": "simulated"}) })
	}
	if chance.IntN(5) == 0 {
		refundAt := at + 5*time.Hour
		for n := range 1 + chance.IntN(3) {
			amount := any("all")
			if chance.IntN(3) > 0 {
				amount = gateway.Amount{Currency: "USD", Value: fmt.Sprint(1 + chance.IntN(60))}
			}
			body := map[string]any{"refundRequestId": fmt.Sprint("refund-", number, "-", n), "refundAmount": amount}
			for range 1 + chance.IntN(2) {
				w.at(refundAt, func() { w.operate(id, "refunds", body) })
				refundAt += within64(chance, time.Hour)
			}
		}
	}
}

func within64(chance *rand.Rand, d time.Duration) time.Duration {
	return time.Duration(chance.Int64N(int64(d)))
}

func (w *world) checkout(o gateway.Order) {
	token, err := w.issuer.Issue(o, w.clock.Now())
	if err != nil {
		panic(err)
	}
	body, _ := json.Marshal(map[string]string{"token": token})
	if w.plant == "pay-again" && w.chance(o.ReferenceOrderID, "plant", 10) {
		// A service that forgets its attempt begins another one.
		delete(w.store.orders, o.ReferenceOrderID)
	}
	w.view(o.ReferenceOrderID, "POST", "/checkout", string(body))
}

// shopper goes to the cashier of the last attempt, if there is one, and looks at the page afterwards.
func (w *world) shopper(id, outcome string, patience int) {
	detail := w.store.orders[id]
	if detail == nil || len(detail.PaymentRequestIDs) == 0 {
		return
	}
	last := detail.PaymentRequestIDs[len(detail.PaymentRequestIDs)-1]
	v, found := w.view(id, "GET", "/payments/"+last, "")
	if !found || v.Redirect == nil {
		if patience > 0 {
			w.at(time.Minute, func() { w.shopper(id, outcome, patience-1) })
		}
		return
	}
	for _, p := range w.payments(id) {
		if p.PaymentRequestID == last {
			r, _ := http.NewRequest("POST", alipay+"/sandbox/api/payments/"+p.PaymentID+"/complete", body(`{"outcome":"`+outcome+`"}`))
			if _, err := serve(w.server, r); err != nil {
				panic(err)
			}
			w.note(id, "the shopper: "+outcome)
		}
	}
	if w.chance(id, "comes back", 2) {
		w.at(2*time.Second, func() { w.view(id, "GET", "/return/"+last, "") })
	}
}

func (w *world) operate(id, action string, members map[string]any) {
	text, _ := json.Marshal(members)
	if w.store.orders[id] == nil {
		return
	}
	w.ask(id, "POST", "/operator/orders/"+id+"/"+action, string(text), "Content-Type", "application/json", "Authorization", "Bearer "+bearer)
	if w.plant == "refund-again" && action == "refunds" && members["refundAmount"] != "all" {
		again := map[string]any{"refundRequestId": fmt.Sprint(members["refundRequestId"], "-again"), "refundAmount": members["refundAmount"]}
		text, _ = json.Marshal(again)
		before := w.store.orders[id]
		w.ask(id, "POST", "/operator/orders/"+id+"/refunds", string(text), "Content-Type", "application/json", "Authorization", "Bearer "+bearer)
		w.store.orders[id] = before // and nothing of it is in the record
	}
}

// resend is the operator who looks after messages that nobody took in time: a shop that is down for long, and programs that die
// with the last tries, leave some.
func (w *world) resend() {
	for _, id := range slices.Sorted(maps.Keys(w.store.orders)) {
		var r record
		if json.Unmarshal(w.store.orders[id].Record, &r) != nil {
			continue
		}
		for _, a := range r.Attention {
			if a.Code == "MESSAGE_UNDELIVERED" {
				w.operate(id, "resend", map[string]any{"id": a.About})
			}
		}
	}
}

// payments are those of an order that Alipay has.
func (w *world) payments(order string) (list []sandbox.Payment) {
	if w.byOrder == nil || w.byOrderAt != w.calls {
		w.byOrder, w.byOrderAt = map[string][]string{}, w.calls
		for _, p := range w.server.Payments() {
			w.byOrder[p.ReferenceOrderID] = append(w.byOrder[p.ReferenceOrderID], p.PaymentID)
		}
	}
	for _, id := range w.byOrder[order] {
		if p, found := w.server.Payment(id); found {
			list = append(list, p)
		}
	}
	return list
}
