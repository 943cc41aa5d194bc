package core

import (
	"strings"

	"github.com/valyala/fastjson"
)

// ValidateForm reads what a shopper typed into a checkout form, in a browser or in
// a form post without JavaScript, and makes a draft of an order out of it:
//
//	{"config":{…},"form":{"/goods/0/goodsName":"…","/paymentAmount/value":"1,234.50",…},"language":"zh-CN"} →
//	{"valid":true,"order":{…},"errors":[],"warnings":[]}
//
// The names of the form's inputs are the JSON pointers of the order's members, so
// a problem's path is the name of the input it belongs to. The amount is money as
// people write it (see [ParseAmount]), in the draft in minor units; a quantity may
// have full-width digits. Rows of
// goods that are empty at the end are no rows. Ids, description and URLs are left
// to the merchant's server.
func ValidateForm(reply, input []byte) []byte {
	var p problems
	var draft []byte
	if head, ok := parseHead(input, &p); ok {
		readLanguage(head)
		c := readConfig(head)
		if form, present := head.required("form"); present {
			draft = readForm(form, c, &p)
		}
	}
	w := newReply(reply)
	w.boolean("valid", p.ok())
	if draft != nil {
		w.name("order")
		w.raw(string(draft))
	}
	return p.finish(w)
}

// formFields are the inputs of the form but for the rows of goods.
type formFields []header

func (f formFields) get(name string) string {
	for _, field := range f {
		if field.name == name {
			return field.value
		}
	}
	return ""
}

// formRow is one row of goods in the form.
type formRow struct{ name, quantity string }

// readForm builds the draft's JSON and lets the rules for orders judge it, so that
// a form and an order can never be judged differently.
func readForm(form object, c *config, p *problems) []byte {
	var fields formFields
	rows := []formRow{}
	form.o.Visit(func(key []byte, v *fastjson.Value) {
		name := string(key)
		if v.Type() != fastjson.TypeString {
			p.fail(FieldNotAString, name)
			return
		}
		value := trimInvisible(string(v.GetStringBytes()))
		if row, member, ok := goodsField(name); ok {
			for len(rows) <= row {
				rows = append(rows, formRow{})
			}
			if member == "goodsName" {
				rows[row].name = value
			} else {
				rows[row].quantity = halfWidth(value)
			}
			return
		}
		if strings.HasPrefix(name, "/goods/") {
			p.fail(FieldUnknown, name) // an item would be missing from what is paid for
			return
		}
		fields = append(fields, header{name, value})
	})
	for len(rows) > 1 && rows[len(rows)-1].empty() {
		rows = rows[:len(rows)-1]
	}
	value, settled := formAmount(fields, p)
	draft := writeDraft(fields, rows, value)
	if settled && value == "" {
		// Judge the other fields with an amount that stands for the one that was
		// reported as it was typed, and keep it out of the draft.
		unlimited := *c
		unlimited.limits = nil
		judgeDraft(writeDraft(fields, rows, "100"), &unlimited, p)
	} else {
		judgeDraft(draft, c, p)
	}
	return draft
}

// empty is true for a row that a shopper has left alone: no name, and no quantity
// or the one that stands there from the beginning.
func (r formRow) empty() bool {
	return r.name == "" && (r.quantity == "" || r.quantity == "1")
}

// goodsField takes apart /goods/N/goodsName and /goods/N/goodsQuantity.
func goodsField(name string) (row int, member string, ok bool) {
	rest, found := strings.CutPrefix(name, "/goods/")
	if !found {
		return 0, "", false
	}
	index, member, found := strings.Cut(rest, "/")
	if !found || member != "goodsName" && member != "goodsQuantity" || len(index) > 3 || !digitsOnly(index) || index == "" || len(index) > 1 && index[0] == '0' {
		return 0, "", false
	}
	n, _ := atoi(index)
	row = int(n)
	return row, member, row < maxGoods
}

// formAmount reads the typed amount. settled is true when nothing is left to say
// about it: it was read, or reported, or it waits for a currency whose decimals
// would tell how to read it.
func formAmount(fields formFields, p *problems) (value string, settled bool) {
	typed := fields.get("/paymentAmount/value")
	c, known := findCurrency(fields.get("/paymentAmount/currency"))
	if !known {
		return "", typed != ""
	}
	return parseMoney(typed, c, "/paymentAmount/value", p), true
}

// writeDraft leaves out what was not filled in, so that it is missed as required.
func writeDraft(fields formFields, rows []formRow, value string) []byte {
	var w writer
	w.open('{')
	for _, name := range [...]string{"orderDescription", "referenceOrderId"} {
		w.given(name, fields.get("/"+name))
	}
	w.name("paymentAmount")
	w.open('{')
	w.given("currency", fields.get("/paymentAmount/currency"))
	w.given("value", value)
	w.close('}')
	w.given("settlementCurrency", fields.get("/settlementCurrency"))
	w.given("terminalType", fields.get("/terminalType"))
	w.given("osType", fields.get("/osType"))
	w.name("goods")
	w.open('[')
	for _, row := range rows {
		w.open('{')
		w.given("goodsName", row.name)
		w.given("goodsQuantity", row.quantity)
		w.close('}')
	}
	w.close(']')
	w.member("businessType", tradeInGoods)
	w.close('}')
	return w.b
}

func judgeDraft(draft []byte, c *config, p *problems) {
	if o, ok := parseObject(draft, "", p); ok {
		readOrder(o, c, true, 0)
	}
}
