package core

import (
	"bytes"
	"strings"
	"unsafe"

	"github.com/valyala/fastjson"
)

// parse reads one JSON document strictly, and reports what is wrong with it under
// path: it is well-formed (see [checkJSON]) and has no name twice in any object.
// RFC 8259 leaves the meaning of a repeated name open, and readers differ: fastjson
// takes the first, encoding/json and JavaScript the last. Two readers of one signed
// message would see two amounts.
func parse(text []byte, path string, p *problems) (*fastjson.Value, bool) {
	if code, offset := checkJSON(text); code != 0 {
		p.fail(code, path, itoa(offset))
		return nil, false
	}
	var parser fastjson.Parser
	v, err := parser.ParseBytes(text)
	if err != nil {
		p.fail(JSONMalformed, path, "0")
		return nil, false
	}
	if place, found := repeatedName(v); found {
		p.fail(JSONDuplicateKey, path+place)
		return nil, false
	}
	return v, true
}

// parseObject is parse for a document that must be an object, whose members are
// reported under path.
func parseObject(text []byte, path string, p *problems) (object, bool) {
	v, ok := parse(text, path, p)
	if !ok {
		return &located{}, false
	}
	if v.Type() != fastjson.TypeObject {
		p.fail(JSONNotAnObject, path)
		return &located{}, false
	}
	return &located{v.GetObject(), path, p}, true
}

// parseHead reads the input of an operation, an object whose pointers begin at its
// root. Pointers into the parts that stand for themselves ("order", "request",
// "message") begin at those parts, as their problems do.
func parseHead(text []byte, p *problems) (object, bool) {
	head, ok := parseObject(text, "", p)
	if !ok {
		for i := range p.errors {
			for _, part := range [...]string{"/order", "/request", "/message"} {
				if rest, found := strings.CutPrefix(p.errors[i].path, part); found && rest != "" && rest[0] == '/' {
					p.errors[i].path = rest
				}
			}
		}
	}
	return head, ok
}

// splitRaw cuts the input of an operation that takes a JSON head, a line feed and
// the raw bytes of a message body. Without a line feed the body is empty.
func splitRaw(input []byte) (head, body []byte) {
	if i := bytes.IndexByte(input, '\n'); i >= 0 {
		return input[:i], input[i+1:]
	}
	return input, nil
}

// repeatedName finds a name that occurs twice in one object, and returns its place.
// The place is put together on the way out only: a path for every value would take
// quadratic memory on a document made of long names.
func repeatedName(v *fastjson.Value) (path string, found bool) {
	switch v.Type() {
	case fastjson.TypeArray:
		for i, item := range v.GetArray() {
			if rest, found := repeatedName(item); found {
				return "/" + itoa(i) + rest, true
			}
		}
	case fastjson.TypeObject:
		o := v.GetObject()
		names := make([]string, 0, o.Len())
		o.Visit(func(key []byte, member *fastjson.Value) {
			// The bytes belong to the parser and outlive the list.
			name := unsafe.String(unsafe.SliceData(key), len(key))
			names = append(names, name)
			if t := member.Type(); !found && (t == fastjson.TypeObject || t == fastjson.TypeArray) {
				if rest, inside := repeatedName(member); inside {
					path, found = "/"+escapePointer(name)+rest, true
				}
			}
		})
		if found {
			return path, true
		}
		if name, twice := firstRepeated(names); twice {
			return "/" + escapePointer(name), true
		}
	}
	return "", false
}

// fewNames is how many names are compared pair by pair; more are sorted first.
const fewNames = 16

func firstRepeated(names []string) (name string, twice bool) {
	if len(names) <= fewNames {
		for i := range names {
			for j := range i {
				if names[i] == names[j] {
					return names[i], true
				}
			}
		}
		return "", false
	}
	sortNames(names)
	for i := 1; i < len(names); i++ {
		if names[i] == names[i-1] {
			return names[i], true
		}
	}
	return "", false
}

// sortNames is a heap sort: it needs no memory, and no input makes it slow.
func sortNames(names []string) {
	for start := len(names)/2 - 1; start >= 0; start-- {
		siftDown(names, start)
	}
	for end := len(names) - 1; end > 0; end-- {
		names[0], names[end] = names[end], names[0]
		siftDown(names[:end], 0)
	}
}

func siftDown(heap []string, root int) {
	for {
		child := 2*root + 1
		if child >= len(heap) {
			return
		}
		if child+1 < len(heap) && heap[child] < heap[child+1] {
			child++
		}
		if heap[root] >= heap[child] {
			return
		}
		heap[root], heap[child] = heap[child], heap[root]
		root = child
	}
}

// escapePointer writes a member's name as a token of a JSON pointer (RFC 6901).
func escapePointer(name string) string {
	var out []byte
	for i := 0; i < len(name); i++ {
		switch name[i] {
		case '~':
			out = append(out, "~0"...)
		case '/':
			out = append(out, "~1"...)
		default:
			out = append(out, name[i])
		}
	}
	return string(out)
}
