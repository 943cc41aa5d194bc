package core

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/valyala/fastjson"
)

// goods is one line of what the shopper buys. quantity keeps the text, count its value.
type goods struct {
	goodsName     string
	goodsQuantity string
	count         int64
}

const (
	maxGoods         = 100
	maxGoodsName     = 256
	maxQuantityDigit = 9
	// maxExtendInfo is the length that the API pages give for extendInfo of the
	// sibling objects; the guide names none for order.extendInfo.
	maxExtendInfo = 2048
)

// tradeInGoods is the businessType of retail trade, the one that the guide shows.
const tradeInGoods = "4"

// readTradeFacts reads what becomes order.extendInfo.chinaExtraTransInfo. The
// guide demands it from merchants that integrate directly and leaves it to the
// choice of acquirers.
func readTradeFacts(r *order, o object, c *config) {
	items, hasGoods := o.array("goods")
	n := need(!c.acquirer || hasGoods)
	businessType, ok := o.str("businessType", n, maxID)
	if ok && businessType != tradeInGoods {
		o.p.fail(BusinessTypeUnknown, o.at("businessType"), businessType)
	}
	r.businessType = businessType
	switch {
	case len(items) > maxGoods:
		o.p.fail(FieldTooMany, o.at("goods"), itoa(maxGoods))
	case len(items) > 0:
		for i, item := range items {
			r.goods = append(r.goods, readGoods(item, o.at("goods")+"/"+itoa(i), o.p))
		}
		if o.p.ok() && utf8.RuneCountInString(r.extendInfo()) > maxExtendInfo {
			o.p.fail(ExtendInfoTooLong, o.at("goods"), itoa(maxExtendInfo))
		}
	case hasGoods:
		o.p.fail(GoodsRequired, o.at("goods"))
	case !o.has("goods") && (!c.acquirer || businessType != ""):
		o.p.fail(GoodsRequired, o.at("goods"))
	}
}

func readGoods(item *fastjson.Value, path string, p *problems) (g goods) {
	if item.Type() != fastjson.TypeObject {
		p.fail(FieldNotAnObject, path)
		return g
	}
	o := object{item.GetObject(), path, p}
	o.unknown("goodsName", "goodsQuantity")
	name, ok := o.str("goodsName", mandatory, maxGoodsName)
	if ok && strings.ContainsAny(name, "|^") {
		p.fail(GoodsNameCharacter, o.at("goodsName"))
	}
	g.goodsName = name
	g.goodsQuantity, _ = o.str("goodsQuantity", mandatory, maxID)
	if g.goodsQuantity != "" {
		g.count = quantity(g.goodsQuantity, o.at("goodsQuantity"), p)
	}
	return g
}

// quantity reads a positive whole number without leading zeros.
func quantity(text, path string, p *problems) int64 {
	if !digitsOnly(text) || text[0] == '0' || len(text) > maxQuantityDigit {
		p.fail(GoodsQuantityMalformed, path)
		return 0
	}
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// goodsInfo joins the goods as the guide shows: name^quantity, separated by "|".
func (r *order) goodsInfo() string {
	var out []byte
	for i, g := range r.goods {
		if i > 0 {
			out = append(out, '|')
		}
		out = append(out, g.goodsName...)
		out = append(out, '^')
		out = append(out, g.goodsQuantity...)
	}
	return string(out)
}

func (r *order) totalQuantity() string {
	var sum int64
	for _, g := range r.goods {
		sum += g.count
	}
	return strconv.FormatInt(sum, 10)
}

// extendInfo is the JSON text that order.extendInfo carries as a string. The guide
// shows an object once and a string once; the SDKs' type is a string.
func (r *order) extendInfo() string {
	var w writer
	w.open('{')
	w.name("chinaExtraTransInfo")
	w.open('{')
	w.member("totalQuantity", r.totalQuantity())
	w.member("businessType", r.businessType)
	w.member("goodsInfo", r.goodsInfo())
	w.close('}')
	w.close('}')
	return string(w.b)
}
