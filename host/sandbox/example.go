package sandbox

import (
	_ "embed"
	"net/http"
	"strings"
	"text/template"
)

//go:embed pages/example.sh
var exampleText string

var exampleTemplate = template.Must(template.New("example").Parse(exampleText))

// example is a shell script that makes a signed request for payment, with nothing but openssl and curl. What is put into
// it is checked on its way in: an origin, a client id, currencies.
func (s *Server) example(r *http.Request) string {
	merchant := &s.options.Merchants[0]
	settlement := settlementCurrencies[0]
	if len(merchant.SettlementCurrencies) > 0 {
		settlement = merchant.SettlementCurrencies[0]
	}
	var script strings.Builder
	err := exampleTemplate.Execute(&script, map[string]any{
		"Origin":     s.origin(r),
		"ClientID":   merchant.ClientID,
		"KeyVersion": merchant.newestKeyVersion(),
		"HandsOut":   merchant.PrivateKey != nil,
		"Settlement": settlement,
	})
	if err != nil {
		panic(err) // a fixed template and plain values
	}
	return script.String()
}
