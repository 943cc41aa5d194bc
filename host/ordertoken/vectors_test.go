package ordertoken_test

import (
	_ "embed"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/ordertoken"
)

//go:embed testdata/tokens.json
var tokensJSON []byte

// TestVectors are the tokens that edge/token.mjs, the verifier in the Worker, answers in the same way.
func TestVectors(t *testing.T) {
	var vectors struct {
		Audience string
		Now      int64 // in milliseconds
		Keys     json.RawMessage
		Tokens   []struct {
			Name, Token string
			Repeated    int          // how often, 0 for once
			Code        gateway.Code // "" when it is accepted
		}
	}
	if err := json.Unmarshal(tokensJSON, &vectors); err != nil {
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
}
