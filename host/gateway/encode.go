package gateway

import (
	"encoding/json"
	"fmt"
	"sync"
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
		m.err = fmt.Errorf("%s is no JSON: %w", name, err)
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
