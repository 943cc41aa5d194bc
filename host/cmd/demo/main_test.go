package main

import (
	"strings"
	"testing"

	"github.com/edgecashier/cashier/host/sandbox"
)

// The operator's calls are open to the token that the demo prints, so that a refund can be tried.
func TestOperatorTokenIsSetAndPrinted(t *testing.T) {
	merchant, err := sandbox.NewMerchant(sandbox.GuideClientID)
	if err != nil {
		t.Fatal(err)
	}
	alipay, err := sandbox.New(sandbox.Options{Merchants: []sandbox.Merchant{merchant}})
	if err != nil {
		t.Fatal(err)
	}
	defer alipay.Close()
	s, err := newSecrets(merchant, alipay)
	if err != nil {
		t.Fatal(err)
	}
	const shortest = 24 // what the Worker accepts
	if token := s.variables(addresses{})["OPERATOR_TOKEN"]; token != s.operatorToken || len(token) < shortest {
		t.Errorf("the token is %q", token)
	}
	var text strings.Builder
	if err := welcome(&text, addresses{Checkout: "http://127.0.0.1:8787", OperatorToken: s.operatorToken}); err != nil {
		t.Fatal(err)
	}
	if want := "Bearer " + s.operatorToken + "' http://127.0.0.1:8787/operator/orders"; !strings.Contains(text.String(), want) {
		t.Errorf("%s\nlacks %s", text.String(), want)
	}
}
