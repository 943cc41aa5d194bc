package core

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/wasm/vectors"
)

// A tag that is only for sentences never refuses a verified message or an order. The
// table is shared with the tests in JavaScript.
func TestLanguageTagIsNeverARefusal(t *testing.T) {
	var table []struct{ Tag, Language string }
	if err := json.Unmarshal(vectors.Table("languages.json"), &table); err != nil {
		t.Fatal(err)
	}
	if len(table) < 40 {
		t.Fatalf("%d tags", len(table))
	}
	sentences := map[string]string{"en": "This field is required.", "zh-CN": "此项为必填项。"}
	for _, row := range table {
		t.Run(row.Tag, func(t *testing.T) {
			tag, _ := json.Marshal(row.Tag)
			checkLanguage(t, string(tag), sentences[row.Language])
		})
	}
	for _, tag := range []string{`null`, `5`, `true`, `["zh"]`, `{"zh":1}`} {
		t.Run(tag, func(t *testing.T) { checkLanguage(t, tag, sentences["en"]) })
	}
}

func checkLanguage(t *testing.T, tag, sentence string) {
	t.Helper()
	reply := string(Messages(nil, []byte(`{"language":`+tag+`}`)))
	if want := `{"code":"FIELD_REQUIRED","message":"` + sentence + `"}`; !strings.Contains(reply, want) {
		t.Errorf("want %s in %.300s", want, reply)
	}
	if !strings.HasSuffix(reply, `"errors":[],"warnings":[]}`) {
		t.Errorf("refused: %s", reply[len(reply)-200:])
	}
}
