package vectors

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"testing"

	"github.com/edgecashier/cashier/wasm/core"
)

var update = flag.Bool("update", false, "write the native core's replies into the files")

// advance is written, inputs and all, by go test ./wasm/core -run States -update.
const advance = "advance.json"

// TestNative runs every vector on the core compiled by Go itself, the reference
// that core.wasm is compared with elsewhere. After a change of a rule,
// go test ./wasm/vectors -update rewrites the replies: read the difference.
func TestNative(t *testing.T) {
	if *update {
		rewrite(t)
		t.Fatal("the files are rewritten: read the difference and run again without -update")
	}
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) {
			if seen[v.Name] {
				t.Fatal("the name is used twice")
			}
			seen[v.Name] = true
			reply, err := core.Call(v.Operation, v.Input)
			if err != nil {
				t.Fatal(err)
			}
			if string(reply) != v.Reply {
				t.Errorf("input %s\n got %s\nwant %s", v.Input, reply, v.Reply)
			}
			if !json.Valid(reply) {
				t.Error("the reply is not JSON")
			}
		})
	}
}

func rewrite(t *testing.T) {
	names, err := fs.Glob(os.DirFS("."), "*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if name == advance {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, hasVectors, err := parse(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !hasVectors {
			continue
		}
		for i, e := range f.Vectors {
			input, err := e.bytes(f.Vectors[:i])
			if err != nil {
				t.Fatalf("%s: %s: %v", name, e.Name, err)
			}
			reply, err := core.Call(e.Operation, input)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, e.Name, err)
			}
			f.Vectors[i].Reply = string(reply)
		}
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", " ")
		if err := encoder.Encode(f); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
