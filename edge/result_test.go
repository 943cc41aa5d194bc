//go:build !js

package main

import (
	"context"
	"net/url"
	"testing"

	webhooks "github.com/edgecashier/cashier/host/webhook"
)

func TestTheResultPageIsSigned(t *testing.T) {
	ctx := context.Background()
	w, _, _ := testWorker(t)
	order := testOrder()
	order.PaymentRedirectURL = "https://shop.example/thanks?x=1&result=forged#top"
	p, err := w.start(ctx, order, testTime)
	if err != nil {
		t.Fatal(err)
	}
	if _, v, err := w.progress(p); err != nil || v.(view).ResultPage != "" {
		t.Errorf("an open payment has a result page: %+v, %v", v, err)
	}
	p, _ = w.learn(ctx, p, change{Status: success, PaymentID: p.PaymentID})
	_, v, err := w.progress(p)
	if err != nil {
		t.Fatal(err)
	}
	page, err := url.Parse(v.(view).ResultPage)
	if err != nil || page.Host != "shop.example" || page.Query().Get("x") != "1" || len(page.Query()["result"]) != 1 || page.Fragment != "top" {
		t.Fatalf("%v, %v", page, err)
	}
	result, err := webhooks.ReadResult(page.Query().Get("result"), "https://shop.example", testTime, testSecret)
	if err != nil {
		t.Fatal(err)
	}
	if *result != (webhooks.Result{ReferenceOrderID: "order-1", PaymentRequestID: p.PaymentRequestID, PaymentID: p.PaymentID, PaymentStatus: "SUCCESS", PaymentAmount: p.Amount}) {
		t.Errorf("got %+v", result)
	}

	w.settings.ResultHosts = nil
	if page, err := w.signedResultPage(p); err != nil || page != "" {
		t.Errorf("a host that is not allowed any more gets %q, %v", page, err)
	}
}

func TestResultHosts(t *testing.T) {
	s := settings{ResultHosts: resultHosts("", "https://shop.example/hook", "")}
	for page, allowed := range map[string]bool{
		"https://shop.example/thanks": true, "https://SHOP.example": true, "http://shop.example/": false, "https://shop.example:8443/": false,
		"https://evil.example": false, "https://shop.example.evil.example": false, "https://shop.example@evil.example": false,
		"https://evil.example/https://shop.example": false, `https://evil.example\@shop.example`: false, "//shop.example": false, "javascript:alert(1)": false,
		"https://shop.example\r\nX: y": false,
	} {
		if s.allowsResultPage(page) != allowed {
			t.Errorf("%q: %t", page, !allowed)
		}
	}
	if hosts := resultHosts(" a.example, B.example:8443 ,", "https://shop.example"); len(hosts) != 2 || hosts[1] != "b.example:8443" {
		t.Errorf("got %v", hosts)
	}
}
