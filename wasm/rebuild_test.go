package wasm_test

import (
	"bytes"
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/edgecashier/cashier/wasm"
	"github.com/edgecashier/cashier/wasm/core"
)

const (
	// A shopper's browser loads the file before the form answers.
	largestFile = 160 << 10

	// The largest input and the work on it need less; a host can rely on the bound.
	largestMemory = 16 << 20

	pageSize = 64 << 10
)

func compile(t *testing.T) wazero.CompiledModule {
	t.Helper()
	runtime := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigInterpreter())
	t.Cleanup(func() { runtime.Close(context.Background()) })
	module, err := runtime.CompileModule(t.Context(), wasm.Core)
	if err != nil {
		t.Fatal(err)
	}
	return module
}

func TestImportsNothing(t *testing.T) {
	module := compile(t)
	for _, f := range module.ImportedFunctions() {
		from, name, _ := f.Import()
		t.Errorf("core.wasm imports the function %s.%s", from, name)
	}
	for _, m := range module.ImportedMemories() {
		from, name, _ := m.Import()
		t.Errorf("core.wasm imports the memory %s.%s", from, name)
	}
}

func TestExportsWhatIsListed(t *testing.T) {
	module := compile(t)
	var exports []string
	exports = slices.AppendSeq(exports, maps.Keys(module.ExportedFunctions()))
	exports = slices.AppendSeq(exports, maps.Keys(module.ExportedMemories()))
	slices.Sort(exports)
	if listed := wasm.Exports(); !slices.Equal(exports, listed) {
		t.Errorf("core.wasm exports %q, exports.txt lists %q", exports, listed)
	}
}

func TestListsEveryOperation(t *testing.T) {
	want := append(core.Operations(), "_initialize", "abi", "input", "memory")
	slices.Sort(want)
	if listed := wasm.Exports(); !slices.Equal(listed, want) {
		t.Errorf("exports.txt lists %q, package core asks for %q", listed, want)
	}
}

func TestBoundsItsMemory(t *testing.T) {
	memory := compile(t).ExportedMemories()["memory"]
	if memory == nil {
		t.Fatal("core.wasm exports no memory")
	}
	pages, declared := memory.Max()
	if !declared || pages*pageSize > largestMemory {
		t.Errorf("maximum of the memory: %d pages, declared: %t; want at most %d bytes", pages, declared, largestMemory)
	}
}

func TestIsSmall(t *testing.T) {
	if len(wasm.Core) > largestFile {
		t.Errorf("core.wasm has %d bytes, the limit is %d", len(wasm.Core), largestFile)
	}
}

// core.wasm.sha256 is that of the committed file, in the form that sha256sum -c reads.
func TestChecksum(t *testing.T) {
	want, err := os.ReadFile("core.wasm.sha256")
	if err != nil {
		t.Fatal(err)
	}
	if got := wasm.SHA256() + "  core.wasm\n"; got != string(want) {
		t.Errorf("core.wasm.sha256 says %q, it is %q: run ./build.sh core", want, got)
	}
}

// The committed file is exactly what its sources give. `./build.sh test` demands the
// rebuild; a plain `go test` does without where the toolchain has not been built yet.
func TestIsReproducible(t *testing.T) {
	if os.Getenv("CASHIER_REBUILD") == "" && os.Getenv("CI") == "" {
		if toolchain, _ := filepath.Glob("../.build/tinygo-*"); toolchain == nil {
			t.Skip("TinyGo is not there; `./build.sh core` builds it")
		}
	}
	file := filepath.Join(t.TempDir(), "core.wasm")
	if output, err := exec.CommandContext(t.Context(), "../build.sh", "core", file).CombinedOutput(); err != nil {
		t.Fatalf("build.sh core: %v\n%s", err, output)
	}
	rebuilt, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(rebuilt, wasm.Core) {
		t.Errorf("core.wasm (%d bytes) is not what its sources give (%d bytes): run ./build.sh core", len(wasm.Core), len(rebuilt))
	}
}
