package sandbox

import (
	"embed"
	"io"
	"net/http"
	"strings"
	"text/template"
)

//go:embed pages/example.sh pages/example.py pages/example.mjs pages/Example.java pages/example.php
var exampleFiles embed.FS

// exampleLanguages are the languages of the first call, in the order of the front page. Each example is a whole
// program.
var exampleLanguages = []struct{ Name, File, Run string }{
	{"curl", "example.sh", "sh example.sh"},
	{"Python", "example.py", "python3 example.py"},
	{"Node", "example.mjs", "node example.mjs"},
	{"Java", "Example.java", "java Example.java"},
	{"PHP", "example.php", "php example.php"},
}

// The functions write a text as a literal of the language: for a shell, for PHP, and for the others, which read JSON's.
var exampleTemplates = template.Must(template.New("").Funcs(template.FuncMap{
	"sh":  func(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" },
	"php": func(text string) string { return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'" },
	"text": func(text string) (string, error) {
		literal, err := encode(text)
		return string(literal), err
	},
}).ParseFS(exampleFiles, "pages/*"))

// example is a program that makes a signed request for payment.
func (s *Server) example(r *http.Request, file string) string {
	merchant := &s.options.Merchants[0]
	settlement := settlementCurrencies[0]
	if len(merchant.SettlementCurrencies) > 0 {
		settlement = merchant.SettlementCurrencies[0]
	}
	data := map[string]any{
		"Origin":     s.origin(r),
		"ClientID":   merchant.ClientID,
		"KeyVersion": merchant.newestKeyVersion(),
		"HandsOut":   merchant.PrivateKey != nil,
		"Settlement": settlement,
		"KeyFile":    "",
	}
	if merchant.PrivateKey == nil {
		data["KeyFile"] = merchant.PrivateKeyFile
	}
	var program strings.Builder
	if err := exampleTemplates.ExecuteTemplate(&program, file, data); err != nil {
		panic(err) // a fixed template and plain values
	}
	return program.String()
}

// exampleFile hands out one of the examples.
func (s *Server) exampleFile(file string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		io.WriteString(w, s.example(r, file))
	}
}
