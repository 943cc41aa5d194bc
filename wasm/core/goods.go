package core

import (
	"strings"

	"github.com/valyala/fastjson"
)

// goods is one line of what the shopper buys. goodsQuantity keeps the text, count
// its value.
type goods struct {
	goodsName     string
	goodsQuantity string
	count         int64
}

const (
	maxGoods         = 100
	maxGoodsName     = 256
	maxQuantityDigit = 9
)

// readGoods reads the goods, and with them the trade facts for China. Lines with a
// referenceGoodsId, which every detail needs, are also sent as order.goods.
func (r *order) readGoods(o object, c *config) {
	items, hasGoods := o.array("goods")
	var list []goods
	if len(items) > maxGoods {
		o.fail(FieldTooMany, "goods", itoa(maxGoods))
		items = nil
	} else {
		detailed := false
		for i, item := range items {
			line, detail := readGoods(item, o.at("goods")+"/"+itoa(i), o.p)
			list = append(list, line)
			if detail != "" {
				r.goodsDetail = append(r.goodsDetail, detail)
				detailed = true
			}
		}
		if detailed && len(r.goodsDetail) != len(items) {
			o.fail(ReferenceGoodsIDMissing, "goods")
		}
	}
	r.trade.read(o, c, list, hasGoods)
	if len(list) > 0 && len(r.goodsDetail) == 0 && r.trade.businessType != "" && r.trade.businessType != tradeInGoods {
		o.p.warn(FieldNotUsed, o.at("goods"), r.trade.businessType)
	}
}

func readGoods(item *fastjson.Value, path string, p *problems) (g goods, detail string) {
	if item.Type() != fastjson.TypeObject {
		p.fail(FieldNotAnObject, path)
		return g, ""
	}
	before := len(p.errors)
	o := &located{item.GetObject(), path, p}
	name, ok := o.str("goodsName", mandatory, maxGoodsName)
	if ok && strings.ContainsAny(name, "|^") {
		p.fail(GoodsNameCharacter, o.at("goodsName"))
	}
	g.goodsName = name
	if g.goodsQuantity, ok = o.str("goodsQuantity", mandatory, maxID); ok {
		g.count = quantity(g.goodsQuantity, o.at("goodsQuantity"), p)
	}
	if !o.has("referenceGoodsId") && !hasDetail(o) {
		o.unknown("goodsName goodsQuantity")
		return g, ""
	}
	if len(p.errors) > before {
		return g, "-" // what is wrong has been reported; a second reading would say it again
	}
	var w writer
	w.open('{')
	o.pass(&w, goodsDetail[:])
	w.close('}')
	return g, string(w.b)
}

// hasDetail tells whether a line says more than what chinaExtraTransInfo has room for.
func hasDetail(o object) bool {
	for _, m := range goodsDetail {
		if m.name != "goodsName" && m.name != "goodsQuantity" && o.has(m.name) {
			return true
		}
	}
	return false
}

// quantity reads a positive whole number without leading zeros.
func quantity(text, path string, p *problems) int64 {
	if !digitsOnly(text) || text[0] == '0' || len(text) > maxQuantityDigit {
		p.fail(GoodsQuantityMalformed, path)
		return 0
	}
	n, _ := atoi(text)
	return n
}

// goodsInfo joins goods as the guide shows: name^quantity, separated by "|".
func goodsInfo(list []goods) string {
	var out []byte
	for i, g := range list {
		if i > 0 {
			out = append(out, '|')
		}
		out = append(out, g.goodsName...)
		out = append(out, '^')
		out = append(out, g.goodsQuantity...)
	}
	return string(out)
}

func totalQuantity(list []goods) string {
	var sum int64
	for _, g := range list {
		sum += g.count
	}
	return itoa64(sum)
}

// splitGoodsInfo reads a goodsInfo that a caller has put together, and reports what
// breaks the grammar at path.
func splitGoodsInfo(text, path string, p *problems) (list []goods) {
	for _, item := range strings.Split(text, "|") {
		name, count, found := strings.Cut(item, "^")
		if !found || trimInvisible(name) == "" || count == "" || strings.Contains(count, "^") ||
			!digitsOnly(count) || count[0] == '0' || len(count) > maxQuantityDigit {
			p.fail(GoodsInfoMalformed, path)
			return nil
		}
		n, _ := atoi(count)
		list = append(list, goods{name, count, n})
	}
	return list
}
