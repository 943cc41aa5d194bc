package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/checkout/operator"
	"github.com/edgecashier/cashier/host/gateway"
)

// objects are the shards of a test, each with its orders, the newest first.
type objects struct {
	mu       sync.Mutex
	orders   [][]map[string]any
	asked    []string
	statuses map[int]string // of shards that have another one than all is well
	broken   map[int]error
}

func (o *objects) ask(_ context.Context, shard int, method, target string, body []byte) (int, []byte, error) {
	o.mu.Lock()
	o.asked = append(o.asked, fmt.Sprint(shard, " ", method, " ", target))
	o.mu.Unlock()
	if err := o.broken[shard]; err != nil {
		return 0, nil, err
	}
	u, err := url.Parse(target)
	if err != nil {
		return 0, nil, err
	}
	answer := func(value any) (int, []byte, error) {
		text, err := json.Marshal(value)
		return http.StatusOK, text, err
	}
	refuse := func(status int, code string) (int, []byte, error) {
		text, err := json.Marshal(map[string]any{"errors": gateway.Problems{{Code: gateway.Code(code), Path: "/event/id"}}})
		return status, text, err
	}
	query := u.Query()
	switch method + " " + u.Path {
	case "GET /orders":
		limit, _ := strconv.Atoi(query.Get("limit"))
		page := []map[string]any{}
		for _, each := range o.orders[shard] {
			created, id, _ := strings.Cut(query.Get("before"), ",")
			at, _ := strconv.ParseInt(created, 10, 64)
			own, _ := each["createdAt"].(int64)
			if created == "" || own < at || own == at && each["referenceOrderId"].(string) < id {
				page = append(page, each)
			}
		}
		return answer(map[string]any{"orders": page[:min(limit, len(page))]})
	case "GET /find":
		found := []map[string]any{}
		for _, each := range o.orders[shard] {
			if each["referenceOrderId"] == query.Get("id") || slices.Contains(each["paymentIds"].([]string), query.Get("id")) {
				found = append(found, each)
			}
		}
		return answer(map[string]any{"orders": found})
	case "GET /order":
		return refuse(http.StatusNotFound, "ORDER_UNKNOWN")
	case "POST /submit":
		return refuse(http.StatusUnprocessableEntity, "NO_CONFLICT")
	case "GET /strays":
		return answer(map[string]any{"strays": []map[string]any{{"id": shard, "at": 100 * shard, "notification": map[string]string{}},
			{"id": 9, "at": 1, "dismissedAt": 2, "notification": map[string]string{}}}})
	case "POST /strays/dismiss":
		return answer(map[string]any{})
	case "GET /status":
		if text, given := o.statuses[shard]; given {
			return http.StatusOK, []byte(text), nil
		}
		return http.StatusOK, []byte(`{"outstanding":1,"alarmAt":5,"oldestDueAt":5}`), nil
	}
	return refuse(http.StatusNotFound, "NOT_FOUND")
}

func ledgerOf(number int) (*shards, *objects) {
	o := &objects{orders: make([][]map[string]any, number), statuses: map[int]string{}, broken: map[int]error{}}
	l := &shards{number: number, ask: o.ask, now: func() time.Time { return time.UnixMilli(1790000000000) }}
	for i := range 23 {
		id := fmt.Sprint("order-", i)
		shard := l.shardOf(id)
		o.orders[shard] = append([]map[string]any{{"referenceOrderId": id, "createdAt": int64(1000 + i/3), "paymentIds": []string{"p" + id}}}, o.orders[shard]...)
	}
	for _, orders := range o.orders {
		slices.SortFunc(orders, func(a, b map[string]any) int {
			if a["createdAt"] != b["createdAt"] {
				return int(b["createdAt"].(int64) - a["createdAt"].(int64))
			}
			return strings.Compare(b["referenceOrderId"].(string), a["referenceOrderId"].(string))
		})
	}
	return l, o
}

// TestShardOf has the same shards as worker/shards.mjs: the first four bytes of SHA-256.
func TestShardOf(t *testing.T) {
	l := &shards{number: 32}
	for id, want := range map[string]int{"order-1": 1, "订单": 10} {
		if got := l.shardOf(id); got != want {
			t.Errorf("%s: got %d, want %d", id, got, want)
		}
	}
}

func TestListMergesShards(t *testing.T) {
	for _, number := range []int{1, 4, 32} {
		l, _ := ledgerOf(number)
		var all []string
		for filter := (operator.Filter{Limit: 5}); ; {
			orders, err := l.List(t.Context(), filter)
			if err != nil {
				t.Fatal(err)
			}
			for _, each := range orders {
				all = append(all, each.ReferenceOrderID)
			}
			if len(orders) < filter.Limit {
				break
			}
			last := orders[len(orders)-1]
			filter.After = operator.Cursor{CreatedAt: last.CreatedAt, ReferenceOrderID: last.ReferenceOrderID}
		}
		if want := "order-22 order-21 order-20 order-19 order-18 order-17"; len(all) != 23 || strings.Join(all[:6], " ") != want {
			t.Errorf("%d shards: %v", number, all)
		}
	}
}

func TestAListHasNoGaps(t *testing.T) {
	l, o := ledgerOf(4)
	o.broken[2] = errors.New("gone")
	if orders, err := l.List(t.Context(), operator.Filter{Limit: 50}); err == nil {
		t.Errorf("got %d orders", len(orders))
	}
}

func TestFind(t *testing.T) {
	l, o := ledgerOf(8)
	found, err := l.Find(t.Context(), "porder-7")
	if err != nil || len(found) != 1 || found[0] != (operator.Match{ReferenceOrderID: "order-7", Kind: operator.PaymentID}) {
		t.Errorf("got %v, %v", found, err)
	}
	o.orders[3] = append(o.orders[3], map[string]any{"referenceOrderId": "own", "createdAt": int64(1), "paymentIds": []string{"03AAAAAAAAAAAAAAAAAAAAAA"}})
	o.asked = nil
	if found, err = l.Find(t.Context(), "03AAAAAAAAAAAAAAAAAAAAAA"); err != nil || len(found) != 1 || len(o.asked) != 1 || !strings.HasPrefix(o.asked[0], "3 ") {
		t.Errorf("got %v, %v; asked %v", found, err, o.asked)
	}
}

func TestRefusalsOfAShard(t *testing.T) {
	l, _ := ledgerOf(2)
	if detail, err := l.Show(t.Context(), "nobody"); detail != nil || err != nil {
		t.Errorf("got %v, %v", detail, err)
	}
	var problems gateway.Problems
	if _, err := l.Submit(t.Context(), "order-1", json.RawMessage(`{"type":"settle"}`)); !errors.As(err, &problems) || problems[0].Code != "NO_CONFLICT" {
		t.Errorf("got %v", err)
	}
}

func TestStrays(t *testing.T) {
	l, o := ledgerOf(3)
	strays, err := l.Strays(t.Context(), 2)
	if err != nil || len(strays) != 2 || strays[0].ID != "2-2" || strays[1].ID != "1-1" {
		t.Errorf("got %+v, %v", strays, err)
	}
	for id, want := range map[string]bool{"2-2": true, "3-1": false, "x": false, "1-": false, "-1-1": false} {
		if known, err := l.DismissStray(t.Context(), id, "alice", ""); known != want || err != nil {
			t.Errorf("%s: got %v, %v", id, known, err)
		}
	}
	if last := o.asked[len(o.asked)-1]; last != "2 POST /strays/dismiss" {
		t.Errorf("asked %s", last)
	}
}

func TestWatch(t *testing.T) {
	l, o := ledgerOf(4)
	var sent []string
	send := func(_ context.Context, id, payload string) error {
		sent = append(sent, id+" "+payload)
		return nil
	}
	l.watch(t.Context(), "https://pay.example", slog.New(slog.DiscardHandler), send)
	if len(sent) != 0 {
		t.Errorf("all is well, and %v is sent", sent)
	}
	o.statuses[1] = `{"outstanding":3,"alarmAt":5,"rearmed":true,"attention":2,"calls":{"failedInARow":12},"setAside":[{"referenceOrderId":"a"}],"refused":{"code":"CLIENT_ID_MISMATCH","at":1789999999000}}`
	o.broken[2] = errors.New("gone")
	for range 2 {
		l.watch(t.Context(), "https://pay.example", slog.New(slog.DiscardHandler), send)
	}
	want := `"conditions":[{"code":"NEEDS_ATTENTION","count":2},{"code":"ORDER_STUCK","count":1},{"code":"ALIPAY_FAILING","count":1},{"code":"NOTIFICATION_REFUSED","count":1},` +
		`{"code":"SHARD_NOT_ARMED","count":1},{"code":"SHARD_SILENT","count":1}]`
	if len(sent) != 2 || sent[0] != sent[1] || !strings.Contains(sent[0], want) {
		t.Errorf("sent %v", sent)
	}
}
