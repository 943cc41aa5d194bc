package sandbox

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// FuzzDecodeObject compares the tree with the one of encoding/json.
func FuzzDecodeObject(f *testing.F) {
	for _, text := range []string{
		`{}`, ` { } `, `{"a":[]}`, `{"a":[ ],"b":{}}`, "{\t\"a\" :\r\n[1 , -2.5e+3,0,true,false,null , \"x\"] }", `{"":""}`,
		`{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud800"}`, `{"a\"b":{"c":[[{"d":1E5}]]}}`, `{"苹果":"手机"}`,
		`[]`, `1`, `"x"`, `null`, ``, ` `, `{`, `{"a"}`, `{"a":}`, `{"a":1,}`, `[1,]`, `{"a":01}`, `{"a":1}{`, "{\"a\":\"\xff\"}", "{\"a\":\"\n\"}",
		strings.Repeat(`{"a":`, maximumDepth) + `1` + strings.Repeat(`}`, maximumDepth),
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := decodeObject(text)
		if err != nil {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var want object
		if err := decoder.Decode(&want); err != nil {
			t.Fatalf("%q was read, but it is no JSON: %v", text, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q\n got %#v\nwant %#v", text, got, want)
		}
	})
}

func TestDecodeObjectRefuses(t *testing.T) {
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + `1` + strings.Repeat(`}`, n) }
	for text, word := range map[string]string{
		`{"a":1,"a":2}`:            "twice",
		`{"a":{"b":1,"\u0062":1}}`: "twice",
		`{"a":[{"b":1,"b":1}]}`:    "twice",
		`[1]`:                      "not a JSON object",
		`null`:                     "not a JSON object",
		``:                         "not JSON",
		`{"a":1,}`:                 "not JSON",
		`{"a":1}x`:                 "not JSON",
		"{\"a\":\"\xff\"}":         "not UTF-8",
		deep(maximumDepth + 1):     "nested",
		strings.Repeat("[", 1<<19): "not JSON",
	} {
		if _, err := decodeObject([]byte(text)); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	if _, err := decodeObject([]byte(deep(maximumDepth))); err != nil {
		t.Error(err)
	}
}
