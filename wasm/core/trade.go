package core

import "github.com/valyala/fastjson"

// tradeFacts is order.extendInfo.chinaExtraTransInfo: what a Chinese payment has to
// say about the trade behind it. The guide demands it from merchants that integrate
// directly and leaves it to the choice of acquirers; it shows businessType 4, the
// other types are those of the official Java SDK.
type tradeFacts struct {
	businessType string
	members      []header // in the order in which they are sent
}

// tradeInGoods is the businessType of retail trade.
const tradeInGoods = "4"

// tradeMembers are the members of chinaExtraTransInfo and the type that needs each. In
// an order the goods stand for the first two.
var tradeMembers = [...]struct {
	businessType, name string
}{
	{tradeInGoods, "totalQuantity"},
	{tradeInGoods, "goodsInfo"},
	{"1", "hotelName"},
	{"1", "checkinTime"},
	{"1", "checkoutTime"},
	{"2", "flightNumber"},
	{"2", "departureTime"},
	{"3", "admissionNoticeUrl"},
	{"5", "otherBusinessType"},
}

// inOrder is where tradeMembers begins to name members of an order.
const inOrder = 2

// read takes the facts from the members of the order, or from an extendInfo that
// the caller has put together as the guide does.
func (f *tradeFacts) read(o object, c *config, list []goods, hasGoods bool) {
	source, packed := o, o.has("extendInfo")
	if packed {
		info, ok := extendInfo(o)
		if !ok {
			return
		}
		twice := hasGoods || o.has("businessType")
		for _, m := range tradeMembers[inOrder:] {
			twice = twice || o.has(m.name)
		}
		if twice {
			o.fail(ExtendInfoTwice, "extendInfo")
			return
		}
		source = info
	}
	needed := !c.acquirer || hasGoods || packed
	for _, m := range tradeMembers[inOrder:] {
		needed = needed || source.has(m.name)
	}
	businessType, ok := source.str("businessType", need(needed), maxID)
	if !ok {
		if !o.has("goods") && !packed && !c.acquirer {
			o.fail(GoodsRequired, "goods")
		}
		return
	}
	f.businessType = businessType
	if businessType == tradeInGoods {
		if packed {
			list = source.goodsOfInfo(c)
		} else if len(list) == 0 && !o.hasMany("goods") {
			o.fail(GoodsRequired, "goods")
		}
		f.members = []header{
			{"totalQuantity", totalQuantity(list)}, {"businessType", businessType}, {"goodsInfo", goodsInfo(list)},
		}
	} else if !f.readOther(source, c) {
		return
	}
	f.warnOfOthers(source, packed)
	if o.p.ok() && longer(f.extendInfo(), c.extendInfo) {
		place := o.at("extendInfo")
		if !packed && businessType == tradeInGoods {
			place = o.at("goods")
		} else if !packed {
			place = o.at(f.longest())
		}
		o.p.fail(ExtendInfoTooLong, place, itoa(c.extendInfo))
	}
}

// hasMany tells whether an array with items is there, whatever they are like.
func (o object) hasMany(name string) bool {
	v := o.get(name)
	return v != nil && (v.Type() != fastjson.TypeArray || len(v.GetArray()) > 0)
}

// readOther reads the members of the types that are not about goods.
func (f *tradeFacts) readOther(source object, c *config) (known bool) {
	f.members = []header{{"businessType", f.businessType}}
	for _, m := range tradeMembers[inOrder:] {
		if m.businessType != f.businessType {
			continue
		}
		var text string
		if m.name == "admissionNoticeUrl" {
			text = webAddress(source, m.name, mandatory)
		} else {
			text, _ = source.str(m.name, mandatory, c.extendInfo)
		}
		f.members = append(f.members, header{m.name, text})
	}
	if len(f.members) == 1 {
		source.fail(BusinessTypeUnknown, "businessType", f.businessType)
		f.businessType = ""
		return false
	}
	return true
}

// warnOfOthers tells of the members that belong to another type and stay behind.
func (f *tradeFacts) warnOfOthers(source object, packed bool) {
	members := tradeMembers[:]
	if !packed {
		members = members[inOrder:]
	}
	for _, m := range members {
		if m.businessType != f.businessType && source.has(m.name) {
			source.p.warn(FieldNotUsed, source.at(m.name), f.businessType)
		}
	}
}

// longest names the member with the longest text.
func (f *tradeFacts) longest() string {
	of := f.members[0]
	for _, m := range f.members {
		if len(m.value) > len(of.value) {
			of = m
		}
	}
	return of.name
}

// extendInfo finds chinaExtraTransInfo in an extendInfo that may be an object, as in
// the guide's note, or a JSON text, as in its request.
func extendInfo(o object) (info object, ok bool) {
	outer := &located{nil, o.at("extendInfo"), o.p}
	switch v := o.get("extendInfo"); v.Type() {
	case fastjson.TypeObject:
		outer.o = v.GetObject()
	case fastjson.TypeString:
		if outer, ok = parseObject([]byte(v.GetStringBytes()), outer.path, o.p); !ok {
			return outer, false
		}
	default:
		o.p.fail(FieldNotAnObject, outer.path)
		return outer, false
	}
	outer.unknown("chinaExtraTransInfo")
	info, ok = outer.required("chinaExtraTransInfo")
	if ok {
		info.unknownTo(func(name string) bool {
			for _, m := range tradeMembers {
				if name == m.name {
					return false
				}
			}
			return name != "businessType"
		})
	}
	return info, ok
}

// goodsOfInfo reads goodsInfo and compares its sum with totalQuantity.
func (o object) goodsOfInfo(c *config) []goods {
	text, hasText := o.str("goodsInfo", mandatory, c.extendInfo)
	total, hasTotal := o.str("totalQuantity", mandatory, maxID)
	if !hasText {
		return nil
	}
	list := splitGoodsInfo(text, o.at("goodsInfo"), o.p)
	if list != nil && hasTotal && totalQuantity(list) != total {
		o.fail(TotalQuantityMismatch, "totalQuantity", totalQuantity(list))
	}
	return list
}

// extendInfo is the JSON text that order.extendInfo carries as a string. The guide
// shows an object once and a string once; the SDKs' type is a string.
func (f *tradeFacts) extendInfo() string {
	var w writer
	w.open('{')
	w.name("chinaExtraTransInfo")
	w.open('{')
	for _, m := range f.members {
		w.member(m.name, m.value)
	}
	w.close('}')
	w.close('}')
	return string(w.b)
}
