package core

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/edgecashier/cashier/wasm/vectors"
)

// TestCatalogueIsComplete looks at every number that may be a code: each has a name of its own, and a vector.
func TestCatalogueIsComplete(t *testing.T) {
	all, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	replies := strings.Builder{}
	for _, v := range all {
		replies.WriteString(v.Reply)
	}
	if int(lastCode) != len(catalogue)-1 {
		t.Errorf("%d codes, %d entries in the catalogue", lastCode, len(catalogue)-1)
	}
	names := map[string]bool{}
	for code := Code(1); int(code) < len(catalogue); code++ {
		name := code.String()
		if !regexp.MustCompile(`^[A-Z][A-Z0-9_]+$`).MatchString(name) || names[name] {
			t.Errorf("code %d has the name %q", code, name)
		}
		names[name] = true
		if !strings.Contains(replies.String(), `{"code":"`+name+`"`) {
			t.Errorf("%s has no vector", name)
		}
	}
}

func TestCatalogueSpeaksBothLanguages(t *testing.T) {
	for _, entry := range catalogue[1:] {
		parts := strings.Split(entry, "\n")
		if len(parts) != 3 {
			t.Fatalf("no name and two sentences: %q", entry)
		}
		code, english, chinese := parts[0], parts[1], parts[2]
		if !strings.HasSuffix(english, ".") {
			t.Errorf("%s: the English is no sentence: %s", code, english)
		}
		if !strings.HasSuffix(chinese, "。") || !strings.ContainsFunc(chinese, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s: the Chinese is no sentence: %s", code, chinese)
		}
		for _, placeholder := range []string{"{0}", "{1}"} {
			if strings.Contains(english, placeholder) != strings.Contains(chinese, placeholder) {
				t.Errorf("%s: %s stands in one language only", code, placeholder)
			}
		}
	}
}
