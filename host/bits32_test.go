package host

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/wasm"
)

// TestThirtyTwoBits is a bug: constants that only fit 64 bits kept package host, and with it the command, from being built for 32 bits.
// Programs for 386 run on amd64 as well; there the vectors have the same replies, from the interpreter.
func TestThirtyTwoBits(t *testing.T) {
	for _, arch := range []string{"386", "arm"} {
		t.Run(arch, func(t *testing.T) {
			folder := t.TempDir()
			run := func(program string, arguments ...string) string {
				t.Helper()
				command := exec.Command(program, arguments...)
				command.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0")
				output, err := command.CombinedOutput()
				if err != nil {
					t.Fatalf("%s %s: %v\n%.4000s", program, strings.Join(arguments, " "), err, output)
				}
				return string(output)
			}
			run("go", "vet", "./...")
			cashier, tests := filepath.Join(folder, "cashier"), filepath.Join(folder, "host.test")
			run("go", "build", "-o", cashier, "./cmd/cashier")
			if arch != runtime.GOARCH && (arch != "386" || runtime.GOARCH != "amd64" || runtime.GOOS != "linux") {
				return // built, but for another machine
			}
			if output := run(cashier, "info"); !strings.Contains(output, wasm.SHA256()) {
				t.Errorf("cashier info: %s", output)
			}
			run("go", "test", "-c", "-o", tests, ".")
			run(tests, "-test.run", "^(TestVectors/interpreter|TestInputTooLarge|TestLimitsOfMemory)$")
		})
	}
}

// TestLimitsOfMemory are what options make of numbers at the edges of int, which has 32 or 64 bits.
func TestLimitsOfMemory(t *testing.T) {
	for _, test := range []struct {
		bytes  int
		pages  uint32 // of MemoryLimit
		retain uint32 // of RetainLimit
	}{
		{math.MinInt, 1, 0}, {-1, 1, 0}, {0, 1, 0}, {1, 1, 1}, {pageSize, 1, pageSize}, {pageSize + 1, 2, pageSize + 1}, {1<<31 - 1, 1 << 15, 1<<31 - 1},
		{math.MaxInt, uint32(min((int64(math.MaxInt)-1)/pageSize+1, 1<<16)), uint32(min(uint64(math.MaxInt), 1<<32-1))},
	} {
		var o options
		MemoryLimit(test.bytes)(&o)
		RetainLimit(test.bytes)(&o)
		if o.memoryLimit != test.pages || o.retainLimit != test.retain {
			t.Errorf("%d: got %d pages and %d bytes, want %d and %d", test.bytes, o.memoryLimit, o.retainLimit, test.pages, test.retain)
		}
	}
}
