package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseOrder reads an order from JSON strictly, and so refuses what encoding/json lets pass: a member that occurs twice (of
// which it takes the last), that does not exist or is written with other capitals, text after the order, bytes that are not
// UTF-8, and empty texts. The error is [Problems], all of them at once, each with a JSON pointer. Whether the order may be paid
// is for the core to say: [Client.Validate] asks it, and [Client.Pay] before anything is sent.
func ParseOrder(text []byte) (Order, error) {
	var o Order
	if err := parseStrictly(text, &o, ""); err != nil {
		return Order{}, err
	}
	return o, nil
}

// parseStrictly reads one JSON object into a struct by the names of its JSON tags. Pointers of problems begin with path.
func parseStrictly(text []byte, to any, path string) error {
	if err := wellFormed(text, path); err != nil {
		return err
	}
	p := parser{text: text, decoder: json.NewDecoder(bytes.NewReader(text))}
	p.decoder.UseNumber()
	if first, _ := p.decoder.Token(); first != json.Delim('{') {
		return Problems{{jsonNotAnObject, path, "this must be a JSON object"}}
	}
	p.object(reflect.ValueOf(to).Elem(), path)
	if len(p.problems) > 0 {
		return p.problems
	}
	return nil
}

// wellFormed demands one JSON value in UTF-8.
func wellFormed(text []byte, path string) error {
	fail := func(code Code, format string, args ...any) error {
		return Problems{{code, path, fmt.Sprintf(format, args...)}}
	}
	switch {
	case bytes.HasPrefix(text, []byte("\xef\xbb\xbf")):
		return fail(jsonByteOrderMark, "the text begins with a byte order mark; save it as UTF-8 without one")
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return fail(jsonNotUTF8, "the text is UTF-16; save it as UTF-8")
	case len(bytes.TrimSpace(text)) == 0:
		return fail(jsonEmpty, "the text is empty")
	}
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size == 1 {
			return fail(jsonNotUTF8, "byte %d is not UTF-8", at)
		}
		at += size
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	var value json.RawMessage
	if err := decoder.Decode(&value); err != nil {
		return fail(jsonMalformed, "%v, at byte %d", err, syntaxOffset(err, text))
	}
	if rest := bytes.TrimLeft(text[decoder.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return fail(jsonMalformed, "there is text after the JSON value, at byte %d", len(text)-len(rest))
	}
	if at := loneSurrogate(text); at >= 0 {
		return fail(jsonMalformed, "the escape at byte %d is half of a surrogate pair", at)
	}
	return nil
}

func syntaxOffset(err error, text []byte) int64 {
	if syntax, is := err.(*json.SyntaxError); is {
		return syntax.Offset
	}
	return int64(len(text))
}

// loneSurrogate finds an escape that stands for no character, which encoding/json replaces. -1 is none.
func loneSurrogate(text []byte) int {
	unit := func(at int) (uint64, bool) {
		if at+6 > len(text) || text[at] != '\\' || text[at+1] != 'u' {
			return 0, false
		}
		n, err := strconv.ParseUint(string(text[at+2:at+6]), 16, 16)
		return n, err == nil
	}
	for at := 0; at < len(text); at++ {
		if text[at] != '\\' {
			continue
		}
		high, escaped := unit(at)
		switch {
		case !escaped:
			at++ // the character behind the backslash, which may be another backslash
		case high < 0xD800 || high > 0xDFFF:
			at += 5
		default:
			if low, pair := unit(at + 6); high > 0xDBFF || !pair || low < 0xDC00 || low > 0xDFFF {
				return at
			}
			at += 11
		}
	}
	return -1
}

// parser walks through a text that is well-formed, so that its tokens have no errors.
type parser struct {
	text     []byte
	decoder  *json.Decoder
	problems Problems
}

func (p *parser) fail(code Code, path, message string) {
	p.problems = append(p.problems, Problem{code, path, message})
}

// object reads members up to the closing brace into a struct, or into a map of structs. An invalid value takes anything.
func (p *parser) object(to reflect.Value, path string) {
	seen := map[string]bool{}
	for p.decoder.More() {
		token, _ := p.decoder.Token()
		name := token.(string)
		at := path + "/" + escapePointer(name)
		if seen[name] {
			p.fail(jsonDuplicateKey, at, "the member occurs twice")
		}
		seen[name] = true
		var member reflect.Value
		switch {
		case to.Kind() == reflect.Struct:
			if member = field(to, name); !member.IsValid() {
				p.fail(fieldUnknown, at, unknownMember(to.Type(), name))
			}
		case to.Kind() == reflect.Map:
			member = reflect.New(to.Type().Elem()).Elem()
		}
		null := p.value(member, at)
		switch {
		case to.Kind() == reflect.Map && !null:
			to.SetMapIndex(reflect.ValueOf(name), member)
		case to.Kind() == reflect.Struct && to.Type() == reflect.TypeFor[AmountLimit]() && null:
			p.fail(fieldNotAString, at, "null would be no limit; leave the member out for that")
		}
	}
	p.decoder.Token()
}

// value reads a whole value. null is the same as absent, of which it tells.
func (p *parser) value(to reflect.Value, path string) (null bool) {
	begin := p.decoder.InputOffset()
	token, _ := p.decoder.Token()
	if token == nil {
		return true
	}
	if !to.IsValid() || to.Type() == reflect.TypeFor[json.RawMessage]() {
		p.rest(token, reflect.Value{}, path)
		if to.IsValid() {
			to.SetBytes(bytes.TrimLeft(p.text[begin:p.decoder.InputOffset()], " \t\r\n:"))
		}
		return false
	}
	if to.Kind() == reflect.Pointer {
		to.Set(reflect.New(to.Type().Elem()))
		to = to.Elem()
	}
	text, isText := token.(string)
	switch to.Kind() {
	case reflect.String:
		switch {
		case !isText:
			p.fail(fieldNotAString, path, "this must be a text in quotes")
		case text == "":
			p.fail(fieldEmpty, path, "this must not be empty; leave the member out")
		default:
			to.SetString(text)
		}
	case reflect.Int:
		if number, isNumber := token.(json.Number); isNumber {
			text = number.String()
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			p.fail(fieldNotAWholeNumber, path, "this must be a whole number from 1 on")
		}
		to.SetInt(int64(n))
	case reflect.Bool:
		is, isBool := token.(bool)
		if !isBool {
			p.fail(fieldNotABoolean, path, "this must be true or false")
		}
		to.SetBool(is)
	case reflect.Slice:
		if token != json.Delim('[') {
			p.fail(fieldNotAnArray, path, "this must be an array")
			break
		}
		to.Set(reflect.MakeSlice(to.Type(), 0, 4))
		p.rest(token, to, path)
		return false
	case reflect.Struct, reflect.Map:
		if token != json.Delim('{') {
			p.fail(fieldNotAnObject, path, "this must be an object")
			break
		}
		if to.Kind() == reflect.Map {
			to.Set(reflect.MakeMap(to.Type()))
		}
		p.rest(token, to, path)
		if to.Type() == reflect.TypeFor[Amount]() && to.IsZero() {
			p.fail(fieldEmpty, path, "the amount is empty; leave the member out")
		}
		return false
	}
	p.rest(token, reflect.Value{}, path)
	return false
}

// rest reads what belongs to a value whose first token was read.
func (p *parser) rest(token json.Token, to reflect.Value, path string) {
	switch token {
	case json.Delim('{'):
		p.object(to, path)
	case json.Delim('['):
		for i := 0; p.decoder.More(); i++ {
			var element reflect.Value
			if to.IsValid() {
				to.Set(reflect.Append(to, reflect.Zero(to.Type().Elem())))
				element = to.Index(i)
			}
			p.value(element, path+"/"+strconv.Itoa(i))
		}
		p.decoder.Token()
	}
}

// field finds the field of a struct whose JSON name is exactly that.
func field(of reflect.Value, name string) reflect.Value {
	for i := range of.NumField() {
		if jsonName(of.Type().Field(i)) == name {
			return of.Field(i)
		}
	}
	return reflect.Value{}
}

// jsonName is the name of a field in JSON, "" for one that has none.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

// unknownMember says what was most likely meant.
func unknownMember(of reflect.Type, name string) string {
	for i := range of.NumField() {
		if known := jsonName(of.Field(i)); strings.EqualFold(known, name) {
			return fmt.Sprintf("unknown member %q; write %q", name, known)
		}
	}
	return fmt.Sprintf("unknown member %q", name)
}

// escapePointer writes a name as a token of a JSON pointer (RFC 6901).
func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
