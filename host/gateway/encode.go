package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// scratch is room in which inputs of the core are put together; the few that are larger get memory of their own. A [Core] keeps
// nothing of its input, so the next call may use the room again.
var scratch = sync.Pool{New: func() any { return new([4096]byte) }}

func borrowScratch() *[4096]byte { return scratch.Get().(*[4096]byte) }

// appendJSON appends a text as a JSON string. Nearly all texts here are plain ASCII, for which a look at each byte is enough;
// reflection for every head of a message would cost as much as the core's own work.
func appendJSON(to []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, err := json.Marshal(text)
			if err != nil {
				panic(err) // a string has always a JSON form
			}
			return append(to, quoted...)
		}
	}
	to = append(to, '"')
	to = append(to, text...)
	return append(to, '"')
}

// encode is json.Marshal for values with texts of the merchant's. Texts that are not UTF-8 are [Problems] whose pointers begin with
// path: encoding/json replaces their bytes, after which two different ids are the same.
func encode(value any, path string) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return text, checkUTF8(text, value, path)
}

// checkUTF8 looks for texts that are not UTF-8 in a value of which text is the JSON. The escape \ufffd is how encoding/json
// writes a byte that it has replaced (the character itself stands unescaped), so nearly always one search is enough.
func checkUTF8(text []byte, value any, path string) error {
	if !bytes.Contains(text, []byte(`\ufffd`)) {
		return nil
	}
	if problems := notUTF8(nil, reflect.ValueOf(value), path); len(problems) > 0 {
		return problems
	}
	return nil
}

func notUTF8(problems Problems, v reflect.Value, path string) Problems {
	switch v.Kind() {
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			problems = append(problems, Problem{FieldNotUTF8, path, "the text is not valid UTF-8"})
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			problems = notUTF8(problems, v.Elem(), path)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 { // JSON already, which the core checks
			break
		}
		for i := range v.Len() {
			problems = notUTF8(problems, v.Index(i), path+"/"+strconv.Itoa(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			problems = notUTF8(problems, key, path)
			problems = notUTF8(problems, v.MapIndex(key), path+"/"+strings.ToValidUTF8(key.String(), "\ufffd"))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if name := jsonName(v.Type().Field(i)); name != "" {
				problems = notUTF8(problems, v.Field(i), path+"/"+name)
			}
		}
	}
	return problems
}

// members puts a JSON object together. What is empty is left out.
type members struct {
	text  []byte
	begun bool
	err   error
}

func (m *members) name(name string) {
	if m.begun {
		m.text = append(m.text, ',')
	}
	m.begun = true
	m.text = append(append(append(m.text, '"'), name...), '"', ':')
}

func (m *members) add(name, value string) {
	if value != "" {
		m.name(name)
		m.text = appendJSON(m.text, value)
	}
}

// addRaw adds what is JSON already; if it is not, that is an error and no way to smuggle in further members.
func (m *members) addRaw(name string, value json.RawMessage) {
	if len(value) == 0 {
		return
	}
	text, err := json.Marshal(value)
	if err != nil {
		m.err = fmt.Errorf("%s is not JSON: %w", name, err)
		return
	}
	m.name(name)
	m.text = append(m.text, text...)
}

func (m *members) addAmount(name string, a Amount) {
	if a == (Amount{}) {
		return
	}
	m.name(name)
	inner := members{text: append(m.text, '{')}
	inner.add("currency", a.Currency)
	inner.add("value", a.Value)
	m.text = append(inner.text, '}')
}
