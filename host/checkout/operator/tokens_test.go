package operator_test

import (
	"strings"
	"testing"

	"github.com/edgecashier/cashier/host/checkout/operator"
)

const (
	longToken  = "0123456789-0123456789-token"
	otherToken = "abcdefghij-abcdefghij-token"
)

func TestParseTokens(t *testing.T) {
	for name, test := range map[string]struct {
		text, want string // what is wrong, "" for nothing
	}{
		"none":               {"", ""},
		"one":                {longToken + "\n", ""},
		"names":              {`{"alice":"` + longToken + `","board":{"token":"` + otherToken + `","role":"read"}}`, ""},
		"a byte order mark":  {"\ufeff" + `{"alice":"` + longToken + `"}`, ""},
		"too short":          {"short", "at least 24 characters"},
		"blanks":             {longToken + " " + longToken, "without white space"},
		"quotes":             {`"` + longToken + `"`, "quotes around it"},
		"no names":           {"{}", "JSON object of names"},
		"no JSON":            {"{x", "JSON object of names"},
		"the same twice":     {`{"alice":"` + longToken + `","bob":"` + longToken + `"}`, "also that of another name"},
		"a role of no kind":  {`{"alice":{"token":"` + longToken + `","role":"admin"}}`, "neither"},
		"an unknown member":  {`{"alice":{"token":"` + longToken + `","rights":"read"}}`, `must have a token`},
		"a name with blanks": {`{"a b":"` + longToken + `"}`, "1 to 64 letters"},
		"no token":           {`{"alice":""}`, "without white space"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := operator.ParseTokens(test.text)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), longToken) {
				t.Error("the token is in the error")
			}
		})
	}
	tokens, err := operator.ParseTokens(`{"alice":"` + longToken + `","board":{"token":"` + otherToken + `","role":"read"}}`)
	if err != nil {
		t.Fatal(err)
	}
	if who, known := tokens.Named("board"); !known || who != (operator.Identity{Name: "board", Role: operator.RoleRead}) {
		t.Errorf("got %+v, %v", who, known)
	}
	if who, known := tokens.Named("alice"); !known || who.Role != operator.RoleWrite {
		t.Errorf("got %+v, %v", who, known)
	}
	if _, known := tokens.Named("bob"); known {
		t.Error("bob is known")
	}
}

func TestConditions(t *testing.T) {
	s := &operator.Status{Now: 1790000000000}
	if list := s.Conditions(); len(list) != 0 {
		t.Errorf("all is well, got %v", list)
	}
	s.Attention, s.Due, s.OldestDueAt = 2, 3, s.Now-16*60*1000
	s.Alipay = &operator.Reachability{Failures: 9}
	s.Merchant = &operator.Reachability{Failures: 10}
	s.RefusedNotification = &operator.Refused{At: s.Now - 25*60*60*1000, Code: "CLIENT_ID_MISMATCH"}
	if got, want := operator.Words(s.Conditions()), "NEEDS_ATTENTION=2 MERCHANT_FAILING=1 WORK_IS_LATE=3"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
