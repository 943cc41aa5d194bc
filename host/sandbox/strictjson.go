package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

const maximumDepth = 32

// object is a JSON object as decodeObject reads it: strings, json.Numbers, booleans, nil, objects and lists.
type object = map[string]any

// decodeObject reads a JSON object in which no name occurs twice at any level: two readers of one signed text must not
// see two amounts.
func decodeObject(data []byte) (object, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("the text is not UTF-8")
	}
	if !json.Valid(data) {
		return nil, errors.New("the text is not JSON")
	}
	walk := &walker{text: data}
	value, err := walk.value(1)
	if err != nil {
		return nil, err
	}
	result, ok := value.(object)
	if !ok {
		return nil, errors.New("the text is not a JSON object")
	}
	return result, nil
}

// walker reads a text that is known to be JSON, so each value is recognised by its first byte. json.Decoder would take several
// times as long for the same tree, a good part of the time in which the gateway is not busy with RSA.
type walker struct {
	text []byte
	at   int
}

func (w *walker) value(depth int) (any, error) {
	switch first := w.next(); first {
	case '{', '[':
		if depth > maximumDepth {
			return nil, fmt.Errorf("the JSON is nested more than %d levels deep", maximumDepth)
		}
		w.at++
		if first == '[' {
			return w.list(depth)
		}
		return w.members(depth)
	case '"':
		return w.string()
	case 't':
		w.at += len("true")
		return true, nil
	case 'f':
		w.at += len("false")
		return false, nil
	case 'n':
		w.at += len("null")
		return nil, nil
	}
	from := w.at
	for w.at < len(w.text) && strings.IndexByte("+-.0123456789Ee", w.text[w.at]) >= 0 {
		w.at++
	}
	return json.Number(w.text[from:w.at]), nil
}

func (w *walker) list(depth int) (any, error) {
	list := []any{}
	for w.more(']') {
		value, err := w.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return list, nil
}

func (w *walker) members(depth int) (any, error) {
	members := object{}
	for w.more('}') {
		name, err := w.string()
		if err != nil {
			return nil, err
		}
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("the name %.40q occurs twice in one object", name)
		}
		w.next()
		w.at++ // the colon
		if members[name], err = w.value(depth + 1); err != nil {
			return nil, err
		}
	}
	return members, nil
}

// more moves to the next element, or behind the end of the list or object.
func (w *walker) more(end byte) bool {
	if w.next() == ',' {
		w.at++
		w.next()
	}
	if w.text[w.at] == end {
		w.at++
		return false
	}
	return true
}

// next skips blanks and returns the byte behind them.
func (w *walker) next() byte {
	for {
		switch c := w.text[w.at]; c {
		case ' ', '\t', '\r', '\n':
			w.at++
		default:
			return c
		}
	}
}

func (w *walker) string() (text string, err error) {
	from, escaped := w.at, false
	for w.at++; w.text[w.at] != '"'; w.at++ {
		if w.text[w.at] == '\\' {
			escaped = true
			w.at++
		}
	}
	w.at++
	if !escaped {
		return string(w.text[from+1 : w.at-1]), nil
	}
	err = json.Unmarshal(w.text[from:w.at], &text)
	return text, err
}

// encode writes JSON as the gateway does: compact, and without the HTML escapes that encoding/json puts in.
func encode(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}
