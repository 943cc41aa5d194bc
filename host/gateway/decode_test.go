package gateway

import (
	"encoding/json"
	"reflect"
	"testing"

	native "github.com/edgecashier/cashier/wasm/core"
	"github.com/edgecashier/cashier/wasm/vectors"
)

// byJSON reads the replies with encoding/json, the slow and sure way.
func byJSON(reply []byte) (n *Notification, o opened, r *builtRequest, errors Problems, err error) {
	var all struct {
		Notification          Notification
		State                 State
		Outcome               Outcome
		Advice                Advice
		Acknowledgement       *string
		ContentPrefix         *string
		KeyVersion, Signature string
		URL, Path, Body       string
		Headers               []Field
		Errors, Warnings      Problems
	}
	if err := json.Unmarshal(reply, &all); err != nil {
		return nil, o, nil, nil, err
	}
	n = &all.Notification
	var members struct{ Notification map[string]json.RawMessage }
	if err := json.Unmarshal(reply, &members); err != nil {
		return nil, o, nil, nil, err
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Notification]()) {
		delete(members.Notification, jsonName(f))
	}
	for name, value := range members.Notification { // those that the type does not have
		if n.Other == nil {
			n.Other = map[string]json.RawMessage{}
		}
		n.Other[name] = value
	}
	n.State, n.Outcome, n.Advice = all.State, all.Outcome, all.Advice
	if len(all.Warnings) > 0 {
		n.Warnings = all.Warnings
	}
	if all.Acknowledgement != nil {
		n.acknowledgement = *all.Acknowledgement
	}
	prefix := ""
	if all.ContentPrefix != nil {
		prefix = *all.ContentPrefix
	}
	o = opened{contentPrefix: prefix, keyVersion: all.KeyVersion, signature: all.Signature}
	r = &builtRequest{url: all.URL, path: all.Path, headers: all.Headers, content: []byte(prefix + all.Body), body: []byte(all.Body)}
	return n, o, r, all.Errors, nil
}

// checkReader compares the reader with encoding/json on one reply.
func checkReader(t *testing.T, operation string, reply []byte) {
	t.Helper()
	n, o, r, problems, err := byJSON(reply)
	if err != nil {
		return // the core's replies are JSON
	}
	same := func(got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s %s\n got %+v\nwant %+v", operation, reply, got, want)
		}
	}
	switch operation {
	case "read_notification":
		got, errors, err := readNotification(reply)
		if err != nil || len(errors) != len(problems) {
			t.Fatalf("%s: %v, %v", reply, errors, err)
		}
		same(got, n)
	case "open_notification", "open_response":
		got, err := readOpened(operation, reply)
		if err != nil || len(got.errors) != len(problems) {
			t.Fatalf("%s: %v", reply, err)
		}
		same([]string{got.contentPrefix, got.keyVersion, got.signature}, []string{o.contentPrefix, o.keyVersion, o.signature})
	default:
		got, errors, err := readRequest(operation, reply)
		if err != nil || len(errors) != len(problems) {
			t.Fatalf("%s: %v, %v", reply, errors, err)
		}
		same([]any{got.url, got.path, got.headers, string(got.body), string(got.content)}, []any{r.url, r.path, r.headers, string(r.body), string(r.content)})
	}
}

var readByHand = map[string]bool{"read_notification": true, "open_notification": true, "open_response": true,
	"build_pay": true, "build_refund": true, "build_cancel": true, "build_inquiry_payment": true, "build_inquiry_refund": true}

// TestReaderReadsAllVectors compares the reader with encoding/json on every reply that it will ever have to read.
func TestReaderReadsAllVectors(t *testing.T) {
	all, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, v := range all {
		if readByHand[v.Operation] {
			seen++
			checkReader(t, v.Operation, []byte(v.Reply))
		}
	}
	if seen < 100 {
		t.Errorf("only %d vectors", seen)
	}
}

// FuzzReader does the same with whatever the core replies to arbitrary messages.
func FuzzReader(f *testing.F) {
	all, err := vectors.Load()
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range all {
		if readByHand[v.Operation] {
			f.Add(v.Operation, v.Input)
		}
	}
	f.Fuzz(func(t *testing.T, operation string, input []byte) {
		if !readByHand[operation] {
			t.Skip()
		}
		reply, err := native.Call(operation, input)
		if err != nil {
			t.Fatal(err)
		}
		checkReader(t, operation, reply)
	})
}

// TestReaderRefusesOtherText: no text makes it crash or run on, and what is no reply of the core is an error.
func TestReaderRefusesOtherText(t *testing.T) {
	whole := `{"notification":{"a":"b\"","other":{"x":[1,{"y":"}"}]}},"state":"S","advice":{"operator":"o"},"errors":[],"warnings":[]}`
	if _, _, err := readNotification([]byte(whole)); err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) {
		if _, _, err := readNotification([]byte(whole[:n])); err == nil {
			t.Errorf("%s was read", whole[:n])
		}
	}
	for _, text := range []string{whole + "x", whole + whole, "[]", "null", `{"state":1}`, `{"notification":[]}`, `{"errors":{}}`, `{a}`, `{"a"}`, `{"a":"\`, `{"notification":{"other":5}}`} {
		if _, _, err := readNotification([]byte(text)); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}
