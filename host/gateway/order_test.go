package gateway

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// fill sets whatever is in a value to something that is not empty and differs from member to member.
func fill(v reflect.Value, name string) {
	switch {
	case v.Type() == reflect.TypeFor[json.RawMessage]():
		v.SetBytes([]byte(`{"of":"` + name + `"}`))
	case v.Kind() == reflect.String:
		v.SetString(name + ` <"苹果\">`)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), name)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), v.Type().Field(i).Name)
		}
	}
}

// An order is written as encoding/json would write it, with every member and with each alone.
func TestOrderAsJSON(t *testing.T) {
	check := func(o Order) {
		t.Helper()
		want, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := o.appendTo(nil); err != nil || string(got) != string(want) {
			t.Errorf("%v\n got %s\nwant %s", err, got, want)
		}
	}
	var all Order
	fill(reflect.ValueOf(&all).Elem(), "")
	check(all)
	check(Order{})
	for i := range reflect.TypeFor[Order]().NumField() {
		var one Order
		reflect.ValueOf(&one).Elem().Field(i).Set(reflect.ValueOf(all).Field(i))
		check(one)
	}
	for i := range reflect.TypeFor[Goods]().NumField() {
		var one Goods
		reflect.ValueOf(&one).Elem().Field(i).Set(reflect.ValueOf(all.Goods[0]).Field(i))
		check(Order{Goods: []Goods{{}, one}})
	}
}

// Raw members cannot bring further members of the order with them.
func TestOrderWithRawMemberThatIsNoJSON(t *testing.T) {
	for _, raw := range []string{`{}, "metadata": "x"`, `{`, `"`, ` `, `{}}`} {
		o := Order{Env: json.RawMessage(raw)}
		if text, err := o.appendTo(nil); err == nil || !strings.Contains(err.Error(), "env") {
			t.Errorf("%q: %s, %v", raw, text, err)
		}
	}
}

// TestRawMembersThatAreBadAreProblems: each has a code and a pointer to the member, and all of them are told at once.
func TestRawMembersThatAreBadAreProblems(t *testing.T) {
	o := Order{Env: json.RawMessage("{\"userAgent\":\"\xff\"}"), Buyer: json.RawMessage(`{} {}`), Merchant: json.RawMessage(`{}`), ExtendInfo: json.RawMessage(`{`)}
	_, err := o.appendTo(nil)
	var got Problems
	want := []Problem{{Code: FieldNotUTF8, Path: "/env"}, {Code: jsonMalformed, Path: "/buyer"}, {Code: jsonMalformed, Path: "/extendInfo"}}
	if !errors.As(err, &got) || len(got) != len(want) {
		t.Fatalf("got %v", err)
	}
	for i := range want {
		if got[i].Code != want[i].Code || got[i].Path != want[i].Path {
			t.Errorf("got %v, want %v", got[i], want[i])
		}
	}
}
