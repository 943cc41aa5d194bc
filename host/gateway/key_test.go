package gateway_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/edgecashier/cashier/host/gateway"
)

// TestKeyTexts reads the table of tolerances that the npm package reads as well.
func TestKeyTexts(t *testing.T) {
	content, err := os.ReadFile("../../wasm/vectors/clients/keys.json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		PublicKey []byte
		Vectors   []struct {
			Name, Parse, Text string
			Bytes             []byte
			Accepted          bool
			Code              gateway.Code
			Message           string
		}
	}
	if err := json.Unmarshal(content, &table); err != nil {
		t.Fatal(err)
	}
	want, err := x509.ParsePKIXPublicKey(table.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if len(table.Vectors) < 200 {
		t.Errorf("only %d rows", len(table.Vectors))
	}
	for _, row := range table.Vectors {
		t.Run(row.Name, func(t *testing.T) {
			text := row.Text + string(row.Bytes)
			var got crypto.PublicKey
			var err error
			if row.Parse == "private" {
				var key *rsa.PrivateKey
				if key, err = gateway.ParsePrivateKey(text); key != nil {
					got = key.Public()
				}
			} else {
				var key *rsa.PublicKey
				if key, err = gateway.ParsePublicKey(text); key != nil {
					got = key
				}
			}
			if row.Accepted {
				if err != nil || !want.(*rsa.PublicKey).Equal(got) {
					t.Errorf("got %v, %v", got, err)
				}
				return
			}
			var problem gateway.Problem
			if got != nil || !errors.As(err, &problem) || problem.Code != row.Code || problem.Message != row.Message {
				t.Errorf("got %v, %v\nwant %s (%s)", got, err, row.Message, row.Code)
			}
		})
	}
}

func TestNewKeyRingRefuses(t *testing.T) {
	good := spki(t, &alipay.PublicKey)
	for name, keys := range map[string]map[string]string{
		"none":             {},
		"no number":        {"latest": good},
		"leading zero":     {"01": good},
		"zero":             {"0": good},
		"empty version":    {"": good},
		"one of two wrong": {"1": good, "2": "x"},
	} {
		t.Run(name, func(t *testing.T) {
			if ring, err := gateway.NewKeyRing(keys); ring != nil || !errors.Is(err, gateway.KeyMalformed) {
				t.Errorf("got %v, %v", ring, err)
			}
		})
	}
}
