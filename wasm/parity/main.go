// Command parity runs the shared vectors in Go: the core compiled natively, and core.wasm on wazero's compiler and on
// its interpreter. It prints a line of JSON for each, the report of one runtime; parity.mjs adds the others and compares
// them. The digest is defined in js/test/support/vectors.mjs.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"runtime"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/wasm"
	"github.com/edgecashier/cashier/wasm/core"
	"github.com/edgecashier/cashier/wasm/vectors"
)

type report struct {
	Runtime   string       `json:"runtime"`
	Count     int          `json:"count"`
	Differing []difference `json:"differing"`
	Digest    string       `json:"digest"`
	Core      string       `json:"core,omitempty"`  // SHA-256 of the core.wasm that ran
	Error     string       `json:"error,omitempty"` // why nothing ran
}

type difference struct {
	Name  string `json:"name"`
	Got   string `json:"got"`
	Reply string `json:"reply"`
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "parity:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	all, err := vectors.Load()
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(replay("native "+runtime.Version(), "", all, core.Call)); err != nil {
		return err
	}
	for _, engine := range []struct {
		name string
		opts []host.Option
	}{{"wazero compiler", nil}, {"wazero interpreter", []host.Option{host.Interpreter()}}} {
		opened, err := host.Open(ctx, engine.opts...)
		if err != nil {
			if err := out.Encode(report{Runtime: engine.name, Error: err.Error()}); err != nil {
				return err
			}
			continue
		}
		err = out.Encode(replay(engine.name, wasm.SHA256(), all, func(operation string, input []byte) ([]byte, error) {
			return opened.Call(ctx, operation, input)
		}))
		opened.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// replay runs the vectors. An error takes the place of the reply.
func replay(name, sum string, all []vectors.Vector, call func(string, []byte) ([]byte, error)) report {
	r := report{Runtime: name, Count: len(all), Differing: []difference{}, Core: sum}
	digest := sha256.New()
	for _, v := range all {
		reply, err := call(v.Operation, v.Input)
		got := string(reply)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != v.Reply {
			r.Differing = append(r.Differing, difference{v.Name, got, v.Reply})
		}
		fmt.Fprintf(digest, "%s\n%s\n", v.Name, got)
	}
	r.Digest = hex.EncodeToString(digest.Sum(nil))
	return r
}
