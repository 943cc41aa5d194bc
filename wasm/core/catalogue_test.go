package core

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/edgecashier/cashier/wasm/vectors"
)

// declaredCodes reads the constants out of the source, so that one that was
// forgotten in the catalogue cannot hide.
func declaredCodes(t *testing.T) []Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "code.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []Code
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			value, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, Code(value))
		}
		return true
	})
	return codes
}

func TestCatalogueIsComplete(t *testing.T) {
	all, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	replies := strings.Builder{}
	for _, v := range all {
		replies.WriteString(v.Reply)
	}
	codes := declaredCodes(t)
	if len(codes) != len(catalogue) {
		t.Errorf("%d codes, %d entries in the catalogue", len(codes), len(catalogue))
	}
	for i, code := range codes {
		if i < len(catalogue) && catalogue[i].code != code {
			t.Errorf("entry %d is %s, want %s", i, catalogue[i].code, code)
		}
		if !strings.Contains(replies.String(), `{"code":"`+string(code)+`"`) {
			t.Errorf("%s has no vector", code)
		}
	}
}

func TestCatalogueSpeaksBothLanguages(t *testing.T) {
	for _, entry := range catalogue {
		if !strings.HasSuffix(entry.english, ".") {
			t.Errorf("%s: the English is no sentence: %s", entry.code, entry.english)
		}
		if !strings.HasSuffix(entry.chinese, "。") || !strings.ContainsFunc(entry.chinese, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s: the Chinese is no sentence: %s", entry.code, entry.chinese)
		}
		for _, placeholder := range []string{"{0}", "{1}"} {
			if strings.Contains(entry.english, placeholder) != strings.Contains(entry.chinese, placeholder) {
				t.Errorf("%s: %s stands in one language only", entry.code, placeholder)
			}
		}
	}
}
