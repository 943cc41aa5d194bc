package host

import (
	"encoding/binary"
	"slices"
)

// module assembles small WebAssembly modules by hand, so that tests can have one with any fault.
//
// Binary format: https://webassembly.github.io/spec/core/binary/modules.html
type module struct {
	imports   [][2]string // functions () -> ()
	more      [][]byte    // imports of other kinds, encoded
	functions []function
	memory    uint32 // pages at the start; 0 for no memory of its own
	noMemory  bool
}

type function struct {
	name    string // export
	params  []byte
	results []byte
	locals  byte // number of i32 locals
	code    []byte
}

const (
	i32 byte = 0x7f
	i64 byte = 0x7e

	opUnreachable byte = 0x00
	opLoop        byte = 0x03
	opIf          byte = 0x04
	opElse        byte = 0x05
	opEnd         byte = 0x0b
	opBrIf        byte = 0x0d
	opDrop        byte = 0x1a
	opLocalGet    byte = 0x20
	opLocalTee    byte = 0x22
	opI32Load     byte = 0x28
	opI32Store    byte = 0x36
	opMemoryGrow  byte = 0x40
	opI32Const    byte = 0x41
	opI64Const    byte = 0x42
	opI32Eqz      byte = 0x45
	opI32GtU      byte = 0x4b
	opI32Add      byte = 0x6a
	opI32Sub      byte = 0x6b
	opI64Or       byte = 0x84
	opI64ExtendU  byte = 0xad
)

func (m module) bytes() []byte {
	var types, imports, functions, exports, bodies [][]byte
	for _, i := range m.imports {
		imports = append(imports, slices.Concat(text(i[0]), text(i[1]), []byte{0x00}, unsigned(len(types))))
		types = append(types, []byte{0x60, 0, 0})
	}
	imports = append(imports, m.more...)
	memory := section(5, [][]byte{slices.Concat([]byte{0x00}, unsigned(int(m.memory)))})
	if m.memory == 0 {
		memory = nil
	}
	if !m.noMemory {
		exports = append(exports, slices.Concat(text("memory"), []byte{0x02, 0}))
	}
	for i, f := range m.functions {
		functions = append(functions, unsigned(len(types)))
		types = append(types, slices.Concat([]byte{0x60}, unsigned(len(f.params)), f.params, unsigned(len(f.results)), f.results))
		exports = append(exports, slices.Concat(text(f.name), []byte{0x00}, unsigned(len(m.imports)+i)))
		body := slices.Concat([]byte{0}, f.code, []byte{opEnd})
		if f.locals > 0 {
			body = slices.Concat([]byte{1, f.locals, i32}, f.code, []byte{opEnd})
		}
		bodies = append(bodies, slices.Concat(unsigned(len(body)), body))
	}
	return slices.Concat([]byte("\x00asm\x01\x00\x00\x00"),
		section(1, types), section(2, imports), section(3, functions),
		memory, section(7, exports), section(10, bodies))
}

func section(id byte, items [][]byte) []byte {
	content := slices.Concat(unsigned(len(items)), slices.Concat(items...))
	return slices.Concat([]byte{id}, unsigned(len(content)), content)
}

func text(s string) []byte { return slices.Concat(unsigned(len(s)), []byte(s)) }

func unsigned(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }

// constant is i32.const n.
func constant(n int32) []byte { return slices.Concat([]byte{opI32Const}, signed(int64(n))) }

// signed is LEB128 with a sign.
func signed(n int64) (b []byte) {
	for {
		low := byte(n & 0x7f)
		n >>= 7
		if n == 0 && low&0x40 == 0 || n == -1 && low&0x40 != 0 {
			return append(b, low)
		}
		b = append(b, low|0x80)
	}
}

const (
	inputAddress = 1024
	inputRoom    = 60000
)

// reply is pointer<<32 | length for a length in local 0.
func reply(pointer int64) []byte {
	return slices.Concat([]byte{opI64Const}, signed(pointer<<32), []byte{opLocalGet, 0, opI64ExtendU, opI64Or})
}

func operationOf(name string, code ...[]byte) function {
	return function{name: name, params: []byte{i32}, results: []byte{i64}, code: slices.Concat(code...)}
}

// goodModule keeps the whole calling convention. Its operations: echo answers its input; count answers how often `_initialize`
// ran, as a little-endian word; trap traps; grow takes 2 MiB more and answers its input; outside answers from beyond the
// memory; slow answers its input after a while.
func goodModule() module {
	slow := operationOf("slow",
		constant(2_000_000), []byte{opLocalTee, 1, opDrop, opLoop, 0x40, opLocalGet, 1}, constant(1),
		[]byte{opI32Sub, opLocalTee, 1, opBrIf, 0, opEnd}, reply(inputAddress))
	slow.locals = 1
	return module{memory: 1, functions: []function{
		{name: "abi", results: []byte{i32}, code: constant(1)},
		{name: "_initialize", code: slices.Concat(constant(0), constant(0), []byte{opI32Load, 2, 0}, constant(1), []byte{opI32Add, opI32Store, 2, 0})},
		{name: "input", params: []byte{i32}, results: []byte{i32}, code: slices.Concat(
			[]byte{opLocalGet, 0}, constant(inputRoom), []byte{opI32GtU, opIf, i32}, constant(0), []byte{opElse}, constant(inputAddress), []byte{opEnd})},
		operationOf("echo", reply(inputAddress)),
		operationOf("count", []byte{opI64Const}, signed(4)),
		operationOf("trap", []byte{opUnreachable}),
		operationOf("grow", constant(32), []byte{opMemoryGrow, 0, opDrop}, reply(inputAddress)),
		operationOf("outside", reply(1<<30)),
		slow,
	}}
}

func (m module) exports() []string {
	names := []string{"memory"}
	for _, f := range m.functions {
		names = append(names, f.name)
	}
	return names
}

// replacing returns a copy of the module in which a function is another one.
func (m module) replacing(f function) module {
	m.functions = slices.Clone(m.functions)
	i := slices.IndexFunc(m.functions, func(other function) bool { return other.name == f.name })
	m.functions[i] = f
	return m
}

func (m module) with(f function) module {
	m.functions = append(slices.Clone(m.functions), f)
	return m
}

func (m module) lacking(name string) module {
	m.functions = slices.DeleteFunc(slices.Clone(m.functions), func(f function) bool { return f.name == name })
	return m
}
