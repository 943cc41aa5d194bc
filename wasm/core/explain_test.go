package core

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// Whatever comes in, the caller tries no more guesses than the documentation says, each
// of them once, and the message as it came first.
func TestExplainGuessesAreBounded(t *testing.T) {
	signature := "algorithm=RSA256,keyVersion=1,signature=" + strings.Repeat("AAAA", 86)[:342] + "=="
	var paths []string
	for i := range 40 {
		paths = append(paths, fmt.Sprintf("/given/%d", i), fmt.Sprintf("/given/%d?x=%d", i, i))
	}
	for name, test := range map[string]struct{ path, body string }{
		"everything may be wrong": {"//a/b%2fc/d//e?b=1+2&a&c=%2f%20", "\ufeff{\"b\" : \"a/b\",\r\n\"a\":\"\u00c3\u00a9\\/\"}\r\n"},
		"many pairs":              {"/a?" + strings.Repeat("a&", 2000), "{}"},
		"many slashes":            {strings.Repeat("/", 4000), "{}"},
		"a large body":            {"/", "{\"a\":\"" + strings.Repeat("/ ", 8000) + "\"}"},
		"a body of control codes": {"/", strings.Repeat("\x01", 16000)},
		"many members":            {"/", manyMembers(2000)},
	} {
		t.Run(name, func(t *testing.T) {
			head, err := json.Marshal(map[string]any{
				"config": map[string]string{"clientId": "C2"}, "path": test.path, "paths": paths,
				"headers": map[string]string{"client-id": "C1", "request-time": "2020-05-18T12:21:00Z", "signature": signature},
			})
			if err != nil {
				t.Fatal(err)
			}
			reply := Explain(nil, append(append(head, '\n'), test.body...))
			var r struct {
				Prefixes, Bodies []json.RawMessage
				Guesses          []struct {
					Prefix int
					Body   *int
				}
				Errors []json.RawMessage
			}
			if err := json.Unmarshal(reply, &r); err != nil {
				t.Fatal(err)
			}
			if len(r.Errors) > 0 || len(r.Guesses) == 0 || len(r.Guesses) > maxGuesses || maxGuesses != 136 {
				t.Fatalf("%d guesses, errors %s", len(r.Guesses), r.Errors)
			}
			if first := r.Guesses[0]; first.Prefix != 0 || first.Body != nil {
				t.Errorf("the first guess is %+v", first)
			}
			seen := map[string]bool{}
			for _, g := range r.Guesses {
				text := string(r.Prefixes[g.Prefix])
				if g.Body != nil {
					text += string(r.Bodies[*g.Body])
				}
				if seen[text] {
					t.Errorf("guessed twice: %s", text)
				}
				seen[text] = true
			}
			if len(reply) > 2<<20 {
				t.Errorf("the reply has %d bytes", len(reply))
			}
		})
	}
}

func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"%d":1,`, n-i)
	}
	return "{" + strings.TrimSuffix(b.String(), ",") + "}"
}
