package ordertoken_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/ordertoken"
)

// TestVectors are the tokens and key sets that edge/token.mjs, the verifier in the Worker, answers in the same way.
func TestVectors(t *testing.T) {
	text, err := os.ReadFile("../../wasm/vectors/clients/order-tokens.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Audience string
		Now      int64 // in milliseconds
		Keys     json.RawMessage
		Tokens   []struct {
			Name, Token string
			Repeated    int          // how often, 0 for once
			Code        gateway.Code // "" when it is accepted
		}
		KeySets []struct {
			Name, Text string
			Accepted   bool
			Says       string // a part of the refusal
		}
	}
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	verifier := ordertoken.Verifier{Keys: parse(t, vectors.Keys), Audience: vectors.Audience}
	for _, v := range vectors.Tokens {
		t.Run(v.Name, func(t *testing.T) {
			token, err := verifier.Verify(strings.Repeat(v.Token, max(v.Repeated, 1)), time.UnixMilli(vectors.Now))
			switch {
			case v.Code == "" && (err != nil || token.Order.ReferenceOrderID != "订单-1"):
				t.Errorf("got %+v, %v", token, err)
			case v.Code != "" && !errors.Is(err, v.Code):
				t.Errorf("got %+v, %v, want %s", token, err, v.Code)
			}
		})
	}
	for _, v := range vectors.KeySets {
		t.Run("keys: "+v.Name, func(t *testing.T) {
			_, err := ordertoken.ParseVerifyKeys([]byte(v.Text))
			if v.Accepted != (err == nil) || err != nil && (!errors.Is(err, ordertoken.KeysMalformed) || !strings.Contains(err.Error(), v.Says)) {
				t.Errorf("got %v, want accepted: %v %s", err, v.Accepted, v.Says)
			}
		})
	}
}
