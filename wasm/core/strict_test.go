package core

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/edgecashier/cashier/wasm/vectors"
)

// FuzzJSON compares the checker with encoding/json, which accepts the same
// documents but for two things it repairs silently: invalid UTF-8 and lone
// surrogates.
func FuzzJSON(f *testing.F) {
	all, err := vectors.Load()
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range all {
		f.Add(v.Input)
	}
	f.Add([]byte("{\"a\":\"\xff\"}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		code, offset := checkJSON(text)
		if code == InputTooLarge || code == JSONTooDeep {
			return
		}
		if offset < 0 || offset > len(text) {
			t.Fatalf("offset %d of %d", offset, len(text))
		}
		want := json.Valid(text) && utf8.Valid(text)
		if want {
			var v any
			if err := json.Unmarshal(text, &v); err != nil {
				t.Fatal(err)
			}
			want = !replaced(v) || strings.ContainsRune(string(text), '\uFFFD') || strings.Contains(strings.ToLower(string(text)), `\ufffd`)
		}
		if got := code == 0; got != want {
			t.Errorf("%q: well-formed %v, want %v", text, got, want)
		}
		var p problems
		if _, ok := parse(text, "", &p); ok && code != 0 {
			t.Errorf("%q was parsed in spite of %s", text, code)
		}
	})
}

// replaced finds the character that encoding/json puts in place of what it could
// not decode.
func replaced(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.ContainsRune(v, '\uFFFD')
	case []any:
		for _, item := range v {
			if replaced(item) {
				return true
			}
		}
	case map[string]any:
		for name, item := range v {
			if strings.ContainsRune(name, '\uFFFD') || replaced(item) {
				return true
			}
		}
	}
	return false
}

func TestDecimalText(t *testing.T) {
	for number, want := range map[string]string{
		"0": "0", "-0": "-0", "1591046710000": "1591046710000", "1.591046710000e12": "1591046710000",
		"1e3": "1000", "1E+3": "1000", "25e-1": "2.5", "-25e-3": "-0.025", "0.10": "0.10", "100e-2": "1",
		"0e5": "0", "12.5e1": "125", "12.5e0": "12.5", "1e64": "1" + strings.Repeat("0", 64),
		"123456789012345678901234567890": "123456789012345678901234567890",
	} {
		if got, ok := decimalText(number); !ok || got != want {
			t.Errorf("%s: %s %v, want %s", number, got, ok, want)
		}
	}
	for _, number := range []string{"1e65", "1e-65", "1e999999999999999999999"} {
		if got, ok := decimalText(number); ok {
			t.Errorf("%s: %s", number, got)
		}
	}
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]int64{
		"1970-01-01T00:00:00Z":          0,
		"2020-05-18T12:08:56+05:30":     1589783936000,
		"2020-05-18T20:20:27+08:00":     1589804427000,
		"2000-02-29T23:59:59Z":          951868799000,
		"2020-05-18T12:08:56.1234567Z":  1589803736123,
		"1589783936000":                 1589783936000,
		"2020-05-17T23:08:56.5-07:30":   1589783936500,
		"2100-03-01T00:00:00+0000":      4107542400000,
		"9999-12-31T23:59:59Z":          253402300799000,
		"2024-12-31T00:00:00.000-00:00": 1735603200000,
	} {
		if got, ok := parseTime(text); !ok || got != want {
			t.Errorf("%s: %d %v, want %d", text, got, ok, want)
		}
	}
}
