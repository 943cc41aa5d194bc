package core

import (
	"strings"
	"unicode/utf8"

	"github.com/valyala/fastjson"
)

// object is a JSON object together with its place, so that whatever is wrong with
// a member can be reported at the member's own JSON pointer. It is a pointer, because
// everything that reads takes one.
type object = *located

type located struct {
	o    *fastjson.Object
	path string
	p    *problems
}

// reporting is the same object, with what is wrong reported to p.
func (o object) reporting(p *problems) object { return &located{o.o, o.path, p} }

func (o object) at(name string) string { return o.path + "/" + name }

// fail reports what is wrong with a member.
func (o object) fail(code Code, name string, args ...string) { o.p.fail(code, o.at(name), args...) }

// get returns the member, or nil when it is absent or null.
func (o object) get(name string) *fastjson.Value {
	v := o.value(name)
	if v == nil || v.Type() == fastjson.TypeNull {
		return nil
	}
	return v
}

// value is get for a member that may be null.
func (o object) value(name string) *fastjson.Value {
	if o.o == nil {
		return nil
	}
	return o.o.Get(name)
}

func (o object) has(name string) bool { return o.get(name) != nil }

// child returns the member as an object, or an empty object when it is absent;
// present tells which.
func (o object) child(name string) (child object, present bool) {
	child = &located{nil, o.at(name), o.p}
	v := o.get(name)
	if v == nil {
		return child, false
	}
	if v.Type() != fastjson.TypeObject {
		o.p.fail(FieldNotAnObject, child.path)
		return child, false
	}
	child.o = v.GetObject()
	return child, true
}

// required is child for a member that must be there.
func (o object) required(name string) (child object, present bool) {
	if !o.has(name) {
		o.fail(FieldRequired, name)
		return &located{nil, o.at(name), o.p}, false
	}
	return o.child(name)
}

// array returns the member's items; present is false when it is absent or no array.
func (o object) array(name string) (items []*fastjson.Value, present bool) {
	v := o.get(name)
	if v == nil {
		return nil, false
	}
	if v.Type() != fastjson.TypeArray {
		o.fail(FieldNotAnArray, name)
		return nil, false
	}
	return v.GetArray(), true
}

// text returns a member that, when present, must be a string. It neither demands
// the member nor limits it.
func (o object) text(name string) (s string, present bool) {
	v := o.get(name)
	if v == nil {
		return "", false
	}
	if v.Type() != fastjson.TypeString {
		o.fail(FieldNotAString, name)
		return "", false
	}
	return string(v.GetStringBytes()), true
}

type need bool

const (
	mandatory need = true
	optional  need = false
)

// str returns a string member of at most limit characters and without control
// characters. A mandatory one must be there, and one that is there must show something.
// ok is false when it is absent or wrong. An id is sent as it stands, with a warning when
// it has blanks around it.
func (o object) str(name string, n need, limit int) (s string, ok bool) {
	v := o.get(name)
	if v == nil {
		if n == mandatory {
			o.fail(FieldRequired, name)
		}
		return "", false
	}
	if v.Type() != fastjson.TypeString {
		o.fail(FieldNotAString, name)
		return "", false
	}
	s = string(v.GetStringBytes())
	ok = checkText(s, o, name, limit)
	if ok && strings.HasSuffix(name, "Id") && len(trimInvisible(s)) < len(s) {
		o.p.warn(FieldBlanksAround, o.at(name))
	}
	return s, ok
}

// checkText puts the member's place together only when there is something to report.
func checkText(s string, o object, name string, limit int) bool {
	switch {
	case trimInvisible(s) == "":
		o.fail(FieldEmpty, name)
	case longer(s, limit):
		o.fail(FieldTooLong, name, itoa(limit))
	case hasControl(s):
		o.fail(FieldControlCharacter, name)
	default:
		return true
	}
	return false
}

// longer compares the number of characters, which is never more than that of bytes.
func longer(s string, limit int) bool {
	return len(s) > limit && utf8.RuneCountInString(s) > limit
}

func hasControl(s string) bool {
	for i := plainLength(s); i < len(s); i++ {
		if s[i] < ' ' || s[i] == 0x7F {
			return true
		}
	}
	return false
}

// lenient returns a scalar member as text, whether it came as a string, a number
// or a boolean: the API pages promise strings, real messages hold all three.
func (o object) lenient(name string) (s string, ok bool) {
	v := o.get(name)
	if v == nil {
		return "", false
	}
	s, ok = scalarText(v)
	if !ok {
		o.fail(FieldNotAString, name)
	}
	return s, ok
}

func scalarText(v *fastjson.Value) (string, bool) {
	switch v.Type() {
	case fastjson.TypeString:
		return string(v.GetStringBytes()), true
	case fastjson.TypeNumber:
		return decimalText(string(v.MarshalTo(nil)))
	case fastjson.TypeTrue:
		return "true", true
	case fastjson.TypeFalse:
		return "false", true
	}
	return "", false
}

// boolean reads an optional member that is true or false into to.
func (o object) boolean(name string, to *bool) {
	v := o.get(name)
	if v == nil {
		return
	}
	switch v.Type() {
	case fastjson.TypeTrue, fastjson.TypeFalse:
		*to = v.Type() == fastjson.TypeTrue
	default:
		o.fail(FieldNotABoolean, name)
	}
}

// unknown warns of members that the core does not read: most likely a misspelt name. The
// known ones are divided by blanks.
func (o object) unknown(known string) {
	names := strings.Split(known, " ")
	o.unknownTo(func(name string) bool { return !contains(names, name) })
}

func (o object) unknownTo(isUnknown func(name string) bool) {
	o.visit(func(name, path string) {
		if isUnknown(name) {
			o.p.warn(FieldUnknown, path)
		}
	})
}

// visit tells the names of all members, each with its JSON pointer.
func (o object) visit(tell func(name, path string)) {
	if o.o == nil {
		return
	}
	o.o.Visit(func(key []byte, _ *fastjson.Value) {
		name := string(key)
		tell(name, o.path+"/"+escapePointer(name))
	})
}
