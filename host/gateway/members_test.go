package gateway_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/host/gateway"
)

// TestOrderHasTheMembersOfTheCore: a member of an order that stands in the core stands in Go and in TypeScript as well, and the
// other way round.
func TestOrderHasTheMembersOfTheCore(t *testing.T) {
	types, err := os.ReadFile("../../js/order.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		core       []string
		goType     reflect.Type
		interfaces []string
	}{
		{coreList(t, "order.go", "orderMembers"), reflect.TypeFor[gateway.Order](), []string{"Order", "TradeFacts"}},
		{coreList(t, "parties.go", "goodsDetail"), reflect.TypeFor[gateway.Goods](), []string{"Goods"}},
	} {
		if len(test.core) < 8 {
			t.Fatalf("only %v was found in the core", test.core)
		}
		same := func(where string, got []string) {
			t.Helper()
			slices.Sort(got)
			if !slices.Equal(got, test.core) {
				t.Errorf("%s has %v\nthe core has %v", where, got, test.core)
			}
		}
		same(test.goType.String(), tags(test.goType))
		var declared []string
		for _, name := range test.interfaces {
			declared = append(declared, declaredMembers(t, string(types), name)...)
		}
		same("js/order.d.ts "+strings.Join(test.interfaces, ", "), declared)
	}
}

// TestConfigHasTheMembersOfTheCore is the same for the config.
func TestConfigHasTheMembersOfTheCore(t *testing.T) {
	types, err := os.ReadFile("../../js/order.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../wasm/core/config.go")
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`o\.unknown\("(.*?)"\)`).FindStringSubmatch(string(text))
	if list == nil {
		t.Fatal("the core's list was not found")
	}
	core := strings.Fields(list[1])
	// The origin is for advance alone: the service that calls it adds its own.
	core = slices.DeleteFunc(core, func(name string) bool { return name == "origin" })
	slices.Sort(core)
	for where, got := range map[string][]string{"gateway.Config": tags(reflect.TypeFor[gateway.Config]()), "js/order.d.ts": declaredMembers(t, string(types), "Config")} {
		slices.Sort(got)
		if !slices.Equal(got, core) {
			t.Errorf("%s has %v\nthe core has %v", where, got, core)
		}
	}
}

// tags are the JSON names of a struct's fields.
func tags(of reflect.Type) (names []string) {
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// coreList reads a list of names out of the core's sources: a text with blanks between them, a list of strings, or of structs that
// begin with one. It is sorted.
func coreList(t *testing.T, file, variable string) (names []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), "../../wasm/core/"+file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is || spec.Names[0].Name != variable {
			return true
		}
		list, is := spec.Values[0].(*ast.CompositeLit)
		if !is {
			names = strings.Fields(constantText(t, spec.Values[0]))
			return false
		}
		for _, element := range list.Elts {
			if row, is := element.(*ast.CompositeLit); is {
				element = row.Elts[0]
			}
			name, err := strconv.Unquote(element.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		}
		return false
	})
	slices.Sort(names)
	return names
}

// constantText is the value of an expression that adds texts.
func constantText(t *testing.T, expression ast.Expr) string {
	t.Helper()
	if sum, is := expression.(*ast.BinaryExpr); is {
		return constantText(t, sum.X) + constantText(t, sum.Y)
	}
	text, err := strconv.Unquote(expression.(*ast.BasicLit).Value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// declaredMembers are those of an interface in TypeScript.
func declaredMembers(t *testing.T, text, name string) (members []string) {
	t.Helper()
	body := regexp.MustCompile(`(?s)export interface ` + name + `\b[^{]*\{\n(.*?)\n\}`).FindStringSubmatch(text)
	if body == nil {
		t.Fatalf("js/order.d.ts has no interface %s", name)
	}
	for _, member := range regexp.MustCompile(`(?m)^  (\w+)\??:`).FindAllStringSubmatch(body[1], -1) {
		members = append(members, member[1])
	}
	return members
}
