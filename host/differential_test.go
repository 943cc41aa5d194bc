package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"strconv"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/wasm/core"
)

// maxGuestInput is what the core takes; host refuses more before anything runs.
const maxGuestInput = 512 << 10

// checkSame runs one input natively and on core.wasm. The two must agree to the byte, the reply must be what the ABI promises,
// and the instance must live on.
func checkSame(t *testing.T, wasm *Core, operation string, input []byte) (reply []byte) {
	t.Helper()
	want, err := core.Call(operation, input)
	if err != nil {
		t.Fatal(err)
	}
	got, err := wasm.Call(t.Context(), operation, input)
	if len(input) > maxGuestInput {
		if !errors.Is(err, ErrInputTooLarge) {
			t.Fatalf("%s, %d bytes: got %v", operation, len(input), err)
		}
		return want
	}
	if err != nil {
		t.Fatalf("%s %.300q: %v", operation, input, err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("%s %.300q\nwasm   %s\nnative %s", operation, input, got, want)
	}
	var promised struct {
		Errors []struct{ Code, Path, Message string }
	}
	if err := json.Unmarshal(got, &promised); err != nil || promised.Errors == nil {
		t.Fatalf("%s %.300q: the reply has no list of errors: %s, %v", operation, input, got, err)
	}
	for _, problem := range promised.Errors {
		if problem.Code == "" || problem.Message == "" {
			t.Fatalf("%s %.300q: a problem lacks its code or message: %s", operation, input, got)
		}
	}
	return got
}

var fuzzedOperation = flag.String("operation", "", "the one operation that FuzzDifferential compares; all of them if empty")

// FuzzDifferential compares the core compiled by Go with core.wasm on any operation and input. The seeds are all vectors; what
// was ever found is kept in testdata. With -operation it stays with one.
func FuzzDifferential(f *testing.F) {
	operations := core.Operations()
	index := map[string]uint8{}
	for i, operation := range operations {
		index[operation] = uint8(i)
	}
	for _, v := range allVectors(f) {
		f.Add(index[v.Operation], v.Input)
	}
	// Every operation meets what is typical of the others.
	for i := range operations {
		for _, input := range []string{"", "{", "[]", "null", "{}", "{}\n{}", `{"config":{},"request":{},"order":{},"form":{},"time":""}`} {
			f.Add(uint8(i), []byte(input))
		}
	}
	wasm := openCore(f, PoolSize(1))
	f.Fuzz(func(t *testing.T, operation uint8, input []byte) {
		name := operations[int(operation)%len(operations)]
		if *fuzzedOperation != "" {
			name = *fuzzedOperation
		}
		checkSame(t, wasm, name, input)
	})
}

// FuzzMoney: formatting and then parsing gives the same minor units, in every currency.
func FuzzMoney(f *testing.F) {
	wasm := openCore(f, PoolSize(1))
	currencies := currencyTable(f, wasm)
	for i := range currencies {
		for _, value := range []uint64{1, 9, 10, 99, 100, 1234567, 9_999_999_999_999_999} {
			f.Add(uint8(i), value)
		}
	}
	f.Fuzz(func(t *testing.T, currency uint8, minor uint64) {
		value := 1 + minor%9_999_999_999_999_999
		letters := currencies[int(currency)%len(currencies)]
		var formatted struct{ Text string }
		decode(t, checkSame(t, wasm, "format_amount", encode(t, map[string]any{"value": strconv.FormatUint(value, 10), "currency": letters})), &formatted)
		var parsed struct{ Value string }
		decode(t, checkSame(t, wasm, "parse_amount", encode(t, map[string]any{"text": formatted.Text, "currency": letters})), &parsed)
		if parsed.Value != strconv.FormatUint(value, 10) {
			t.Errorf("%d %s became %q and then %q", value, letters, formatted.Text, parsed.Value)
		}
	})
}

// FuzzUnknownMembers: a member that nobody knows changes nothing of what is read, but for where unknown members are kept.
func FuzzUnknownMembers(f *testing.F) {
	f.Add("x", `"y"`)
	f.Add("metadata2", `{"a":[1,2,{"b":null}]}`)
	f.Add("paymentID", `"another spelling"`)
	f.Add("", `1e400`)
	wasm := openCore(f, PoolSize(1))
	var answers []vectorCase
	for _, v := range allVectors(f) {
		head, body, raw := bytes.Cut(v.Input, []byte("\n"))
		if raw && strings.HasPrefix(v.Operation, "read_") && len(body) > 2 && body[0] == '{' && strings.Contains(v.Reply, `"errors":[]`) {
			answers = append(answers, vectorCase{v.Operation, head, body})
		}
	}
	known := knownMembers()
	f.Fuzz(func(t *testing.T, name, value string) {
		if known[name] || !json.Valid([]byte(value)) || len(value) > 1000 || strings.ToValidUTF8(name, "") != name {
			t.Skip()
		}
		member := append(append(encode(t, name), ':'), value...)
		if checked := checkSame(t, wasm, "validate_order", append(append([]byte(`{`), member...), '}')); bytes.Contains(checked, []byte("JSON_")) {
			t.Skip() // the core is stricter than encoding/json: lone surrogates, depth, duplicates
		}
		for _, a := range answers {
			if bytes.Contains(a.body, encode(t, name)) {
				continue // it has one of that name
			}
			with := append(append(append(append([]byte{}, a.head...), "\n{"...), member...), ',')
			with = append(with, a.body[1:]...)
			got := checkSame(t, wasm, a.operation, with)
			want := checkSame(t, wasm, a.operation, append(append(append([]byte{}, a.head...), '\n'), a.body...))
			if got, want := withoutUnknown(t, got), withoutUnknown(t, want); got != want {
				t.Fatalf("%s with %s\n got %s\nwant %s", a.operation, member, got, want)
			}
		}
	})
}

type vectorCase struct {
	operation  string
	head, body []byte
}

func knownMembers() map[string]bool {
	known := map[string]bool{}
	for _, name := range strings.Fields(`result notifyType paymentRequestId paymentId paymentStatus paymentResultCode paymentResultMessage
		refundRequestId refundId refundStatus paymentAmount actualPaymentAmount refundAmount grossSettlementAmount customsDeclarationAmount
		settlementQuote paymentCreateTime paymentTime cancelTime refundTime acquirerReferenceNo transactions
		normalUrl schemeUrl applinkUrl redirectActionForm paymentActionForm orderCodeForm`) {
		known[name] = true
	}
	return known
}

// withoutUnknown drops the members "other" and the warnings.
func withoutUnknown(t *testing.T, reply []byte) string {
	t.Helper()
	members, inner := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	decode(t, reply, &members)
	delete(members, "warnings")
	for _, name := range []string{"response", "notification"} {
		if text, has := members[name]; has {
			decode(t, text, &inner)
			delete(inner, "other")
			members[name] = encode(t, inner)
		}
	}
	return string(encode(t, members))
}

// TestBuildIsDeterministic: the same input gives the same bytes, on the same instance, on another, and after a hundred other
// calls. A repeated request depends on it.
func TestBuildIsDeterministic(t *testing.T) {
	one, other := openCore(t, PoolSize(1)), openCore(t, PoolSize(1))
	all := allVectors(t)
	for i, v := range all {
		if !strings.HasPrefix(v.Operation, "build_") {
			continue
		}
		first := checkSame(t, one, v.Operation, v.Input)
		checkSame(t, one, all[(i*7)%len(all)].Operation, all[(i*7)%len(all)].Input)
		for _, again := range []*Core{one, other} {
			if reply := checkSame(t, again, v.Operation, v.Input); !bytes.Equal(reply, first) {
				t.Errorf("%s: %s and %s", v.Name, first, reply)
			}
		}
	}
}

// currencyTable asks the core for the payment currencies.
func currencyTable(t testing.TB, wasm *Core) (list []string) {
	t.Helper()
	reply, err := wasm.Call(context.Background(), "currencies", []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	var table struct{ Payment []struct{ Currency string } }
	decode(t, reply, &table)
	for _, c := range table.Payment {
		list = append(list, c.Currency)
	}
	if len(list) != 15 {
		t.Fatalf("got %v", list)
	}
	return list
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decode(t testing.TB, text []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}
