package host

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// The exports that are not operations.
const (
	exportMemory     = "memory"
	exportABI        = "abi"
	exportInput      = "input"
	exportInitialize = "_initialize"
)

// expected is what a module must be to be called at all.
type expected struct {
	abi     int
	exports []string
}

// check looks at the compiled module before anything of it runs, and returns the names of its operations, sorted.
func (e expected) check(module wazero.CompiledModule) (operations []string, err error) {
	if imports := importsOf(module); len(imports) > 0 {
		return nil, fmt.Errorf("%w: it imports %s; it must import nothing", ErrModule, strings.Join(imports, ", "))
	}

	functions := module.ExportedFunctions()
	found := slices.Concat(slices.Collect(maps.Keys(functions)), slices.Collect(maps.Keys(module.ExportedMemories())))
	if missing := without(e.exports, found); len(missing) > 0 {
		return nil, fmt.Errorf("%w: it does not export %s", ErrModule, strings.Join(missing, ", "))
	}
	if surplus := without(found, e.exports); len(surplus) > 0 {
		return nil, fmt.Errorf("%w: it exports %s, which is not in the list", ErrModule, strings.Join(surplus, ", "))
	}

	for name, function := range functions {
		want := signature{parameters: []api.ValueType{api.ValueTypeI32}, results: []api.ValueType{api.ValueTypeI64}}
		switch name {
		case exportABI:
			want = signature{results: []api.ValueType{api.ValueTypeI32}}
		case exportInput:
			want.results = []api.ValueType{api.ValueTypeI32}
		case exportInitialize:
			want = signature{}
		default:
			operations = append(operations, name)
		}
		if got := (signature{function.ParamTypes(), function.ResultTypes()}); got.String() != want.String() {
			return nil, fmt.Errorf("%w: %s has the signature %s, not %s", ErrModule, name, got, want)
		}
	}
	slices.Sort(operations)
	return operations, nil
}

// checkABI asks the module for its number.
func (e expected) checkABI(i *instance) error {
	results, err := i.module.ExportedFunction(exportABI).Call(context.Background())
	if err != nil {
		return trap(exportABI, err)
	}
	if got := int(int32(results[0])); got != e.abi {
		return fmt.Errorf("%w: it speaks ABI %d, this package speaks ABI %d", ErrModule, got, e.abi)
	}
	return nil
}

func importsOf(module wazero.CompiledModule) (names []string) {
	for _, function := range module.ImportedFunctions() {
		from, name, _ := function.Import()
		names = append(names, from+"."+name)
	}
	for _, memory := range module.ImportedMemories() {
		from, name, _ := memory.Import()
		names = append(names, from+"."+name)
	}
	return names
}

// without returns what of list is not in the other, sorted.
func without(list, other []string) (rest []string) {
	for _, name := range list {
		if !slices.Contains(other, name) {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	return rest
}

type signature struct{ parameters, results []api.ValueType }

func (s signature) String() string {
	names := func(types []api.ValueType) string {
		var list []string
		for _, t := range types {
			list = append(list, api.ValueTypeName(t))
		}
		return "(" + strings.Join(list, ", ") + ")"
	}
	return names(s.parameters) + " -> " + names(s.results)
}
