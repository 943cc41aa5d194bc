package pages_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/edgecashier/cashier/host/checkout/pages"
)

var update = flag.Bool("update", false, "write the pages into vectors.json")

type vector struct {
	Name  string          `json:"name"`
	Kind  string          `json:"kind"`
	Input json.RawMessage `json:"input"`
	Page  pages.Page      `json:"page"`
}

// TestVectors makes each page of vectors.json, which the Worker makes as well.
func TestVectors(t *testing.T) {
	text, err := os.ReadFile("vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	for i, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			got, err := pages.Render(v.Kind, v.Input)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				vectors[i].Page = got
			} else if got != v.Page {
				t.Errorf("got  %+v\nwant %+v", got, v.Page)
			}
		})
	}
	if *update {
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(vectors); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("vectors.json", out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLanguage(t *testing.T) {
	for _, test := range []struct {
		wishes []string
		want   string
	}{
		{nil, "en"}, {[]string{"", ""}, "en"}, {[]string{"zh-CN"}, "zh-CN"}, {[]string{"", "zh;q=0.9,en;q=0.8"}, "zh-CN"},
		{[]string{"en", "zh"}, "en"}, {[]string{"fr", "de, en-GB"}, "en"}, {[]string{"zha"}, "en"}, {[]string{"ZH-hant"}, "zh-CN"},
	} {
		if got := pages.Language(test.wishes...); got != test.want {
			t.Errorf("%q: got %s, want %s", test.wishes, got, test.want)
		}
	}
}

// TestCatalogueIsComplete compares the two languages, and every state with what advance can say.
func TestCatalogueIsComplete(t *testing.T) {
	text, err := os.ReadFile("catalogue.json")
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		StateSigns map[string]string
		Languages  map[string]map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	names := func(m map[string]json.RawMessage) (all []string) {
		for name := range m {
			all = append(all, name)
		}
		slices.Sort(all)
		return all
	}
	for part, english := range c.Languages["en"] {
		if got, want := names(c.Languages["zh-CN"][part]), names(english); !slices.Equal(got, want) {
			t.Errorf("%s: Chinese has %v, English %v", part, got, want)
		}
	}
	for _, state := range []string{"OPEN", "STARTING", "PROCESSING", "PENDING", "SUCCESS", "FAIL", "CANCELLED", "CONFLICT"} {
		if _, has := c.Languages["en"]["states"][state]; !has || c.StateSigns[state] == "" {
			t.Errorf("%s has no text or no sign", state)
		}
	}
}
