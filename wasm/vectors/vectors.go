// Package vectors holds the parity contract of the core: inputs of its operations
// and the exact bytes of the replies, as JSON files that every runtime reads.
//
// Each file is an object {"about":"…","vectors":[…]}. A vector has a name, an
// operation, the input and the reply:
//
//   - "input" is JSON; what is sent is its compact form, without blanks between
//     tokens, members in the order of the file;
//   - "text" replaces it where the bytes matter, or are no JSON;
//   - "body", where given, is appended after a line feed, for the operations that
//     take a raw message body;
//   - "record", where given, names an earlier vector of the file: the record of its reply becomes the last member of
//     the input, for the operation advance;
//   - "reply" is the text that must come back, to the byte.
//
// explain.json has "messages" besides: signed messages as they were received, and
// the causes that an explanation must find with the keys.
//
// Files of another kind hold tables that the tests of several runtimes read, found by
// [Table]: signatures.json has signed messages, genuine ones of Alipay among them, with
// the keys to verify them; languages.json has the language that is chosen for a tag.
//
// The folder clients holds tables for what host/gateway and js/server decide
// without the core, such as keys.json; it is not part of the contract of the core.
package vectors

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed *.json
var files embed.FS

// Vector is one call of the core and its exact reply.
type Vector struct {
	Name      string
	Operation string
	Input     []byte
	Reply     string
}

type entry struct {
	Name      string          `json:"name"`
	Operation string          `json:"operation"`
	Record    string          `json:"record,omitempty"`
	Input     json.RawMessage `json:"input,omitempty"`
	Text      *string         `json:"text,omitempty"`
	Body      *string         `json:"body,omitempty"`
	Reply     string          `json:"reply"`
}

type file struct {
	About    string          `json:"about"`
	Vectors  []entry         `json:"vectors"`
	Messages json.RawMessage `json:"messages,omitempty"`
}

// parse reads a file. ok is false for a table, which has no vectors with an operation.
func parse(text []byte) (f file, ok bool, err error) {
	if text = bytes.TrimSpace(text); len(text) > 0 && text[0] == '[' {
		return f, false, nil
	}
	err = json.Unmarshal(text, &f)
	return f, len(f.Vectors) > 0 && f.Vectors[0].Operation != "", err
}

// bytes is the input. earlier are the vectors of the file before it.
func (e entry) bytes(earlier []entry) ([]byte, error) {
	var input bytes.Buffer
	if e.Text != nil {
		input.WriteString(*e.Text)
	} else if err := json.Compact(&input, e.Input); err != nil {
		return nil, err
	}
	if e.Record != "" {
		record, err := recordOf(e.Record, earlier)
		if err != nil {
			return nil, err
		}
		input.Truncate(input.Len() - len("}"))
		input.WriteString(`,"record":` + record + "}")
	}
	if e.Body != nil {
		input.WriteByte('\n')
		input.WriteString(*e.Body)
	}
	return input.Bytes(), nil
}

// recordOf is the record in the reply of a vector, which begins with it.
func recordOf(name string, earlier []entry) (string, error) {
	for _, e := range earlier {
		if e.Name == name {
			text, found := strings.CutPrefix(e.Reply, `{"record":`)
			record, _, ended := strings.Cut(text, `,"changed":`)
			if !found || !ended {
				return "", fmt.Errorf("the reply of %q has no record", name)
			}
			return record, nil
		}
	}
	return "", fmt.Errorf("there is no vector %q before it", name)
}

// Load returns all vectors, file by file in alphabetical order. Names carry the
// file's name in front, as in "seed/request".
func Load() ([]Vector, error) {
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, err
	}
	var all []Vector
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		f, hasVectors, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("vectors: %s: %w", name, err)
		}
		if !hasVectors {
			continue
		}
		for i, e := range f.Vectors {
			input, err := e.bytes(f.Vectors[:i])
			if err != nil {
				return nil, fmt.Errorf("vectors: %s: %s: %w", name, e.Name, err)
			}
			all = append(all, Vector{name[:len(name)-len(".json")] + "/" + e.Name, e.Operation, input, e.Reply})
		}
	}
	return all, nil
}

// Table returns the text of a file that holds no vectors, such as "signatures.json".
func Table(name string) []byte {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err) // the file is embedded: its absence is a broken build
	}
	return text
}
