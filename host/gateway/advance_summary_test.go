//go:build unix

package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/host"
	shared "github.com/edgecashier/cashier/wasm/vectors"
)

// usualAdvance is an event on a record of about 4 KB with ten entries in its history: a shopper who waits looks again.
func usualAdvance(t testing.TB) []byte {
	history := []string{`{"what":"order accepted","from":"merchant","at":1790000000000}`}
	for i := range 9 {
		history = append(history, fmt.Sprintf(`{"what":"answered","from":"alipay","at":17900000%d0000,"about":"4f8K2hT9wQ7bXcVn","detail":"inquiry_payment S SUCCESS PROCESSING"}`, 10+i))
	}
	location := "https://open-sea-global.alipayplus.com/api/open/v1/ac/cashier/self/codevalue/checkout.htm?codeValue=" + strings.Repeat("a1B2", 60)
	record := `{"version":1,"referenceOrderId":"order-1","createdAt":1790000000000,"updatedAt":1790000190000,"issuedAt":1790000000000,"order":` +
		strings.Replace(`{"referenceOrderId":"order-1","orderDescription":"Pencil","paymentAmount":{"currency":"USD","value":"100"},"settlementCurrency":"USD","terminalType":"WEB","businessType":"4","goods":[{"goodsName":"Pencil","goodsQuantity":"1"}],"paymentRedirectUrl":"https://shop.example/thanks"}`, `"goods":[`, `"buyer":{"referenceBuyerId":"b-1"},"goods":[`+strings.Repeat(`{"goodsName":"Coloured pencil","goodsQuantity":"1","referenceGoodsId":"4711"},`, 11), 1) +
		`,"attempts":[{"paymentRequestId":"4f8K2hT9wQ7bXcVn","paymentStatus":"PROCESSING","createdAt":1790000000000,"paymentId":"202511281940108001001881B0299212345","askedAt":1790000180000,"calls":4,"returns":4,"nextInquiryAt":1790000300000,` +
		`"redirect":{"method":"GET","action":"` + location + `","fields":[],"location":"` + location + `","html":"<form method=\"get\" action=\"` + location + `\"><button type=\"submit\">Continue to Alipay</button></form>"}}],` +
		`"history":[` + strings.Join(history, ",") + `]}`
	if len(record) < 3600 || len(record) > 4600 {
		t.Fatalf("the record has %d bytes", len(record))
	}
	return []byte(`{"config":` + `{"clientId":"5Y60382Z8VZR10066","origin":"https://pay.example"}` + `,"now":1790000200000,"record":` + record + `,"event":{"type":"view"}}`)
}

// advance compares an event on a usual record with reading the genuine answer of Alipay.
func (s *summary) advance(b *testing.B) {
	core, err := host.Open(b.Context(), host.PoolSize(1))
	if err != nil {
		b.Fatal(err)
	}
	defer core.Close()
	all, err := shared.Load()
	if err != nil {
		b.Fatal(err)
	}
	var answer []byte
	for _, v := range all {
		if v.Name == "cashier-addresses/answer-2025-read-WEB" {
			answer = v.Input
		}
	}
	run := func(operation string, input []byte) func() {
		return func() {
			if _, err := core.Call(b.Context(), operation, input); err != nil {
				b.Fatal(err)
			}
		}
	}
	s.compare("advance, a record of 4 KB : read_pay, 1.8 KB", 4, 20, run("advance", usualAdvance(b)), run("read_pay", answer))
}
