package ordertoken

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// What a token's JSON may look like is the same here and in edge/token.mjs, so that a token never says one thing to one of them and
// another to the other. wasm/vectors/clients/order-tokens.json holds both to it.

var errJSON = errors.New("no JSON object, or one that two readers may understand differently")

// maxDepth is how deep a token's JSON may be nested. An order takes six levels.
const maxDepth = 64

// escapePattern finds escapes in JSON; its group is a surrogate without the other half.
var escapePattern = regexp.MustCompile(`\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)`)

// readObject reads a JSON object. It refuses text that is not UTF-8, halves of surrogates, members that come twice, also further inside, and
// members of the object that differ from one of the names only in case.
func readObject(text []byte, names []string) (map[string]json.RawMessage, error) {
	var object map[string]json.RawMessage
	if !utf8.Valid(text) || json.Unmarshal(text, &object) != nil || object == nil || !unambiguous(text) {
		return nil, errJSON
	}
	for name := range object {
		if !slices.Contains(names, name) && slices.Contains(names, lower(name)) {
			return nil, errJSON
		}
	}
	return object, nil
}

// unambiguous tells of valid JSON whether all readers understand the same.
func unambiguous(text []byte) bool {
	for _, escape := range escapePattern.FindAllSubmatchIndex(text, -1) {
		if escape[2] >= 0 {
			return false
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var open []map[string]bool // the names so far of each object that is open; nil for arrays
	name := false              // whether a name comes next, unless the object ends
	for {
		token, err := decoder.Token()
		if err != nil {
			return len(open) == 0
		}
		if text, ok := token.(string); ok && name {
			names := open[len(open)-1]
			if names[text] {
				return false
			}
			names[text], name = true, false
			continue
		}
		switch token {
		case json.Delim('{'):
			open = append(open, map[string]bool{})
		case json.Delim('['):
			open = append(open, nil)
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
		if len(open) > maxDepth {
			return false
		}
		name = len(open) > 0 && open[len(open)-1] != nil
	}
}

// lower is the ASCII letters of a text in lower case.
func lower(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, text)
}
