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

// businessTypes lists the members that each type needs.
var businessTypes = [...]struct {
	businessType string
	members      []member
}{
	{"1", []member{
		{"hotelName", textKind, 256, mandatory},
		{"checkinTime", textKind, 256, mandatory},
		{"checkoutTime", textKind, 256, mandatory},
	}},
	{"2", []member{
		{"flightNumber", textKind, 256, mandatory},
		{"departureTime", textKind, 256, mandatory},
	}},
	{"3", []member{{"admissionNoticeUrl", urlKind, 0, mandatory}}},
	{tradeInGoods, nil},
	{"5", []member{{"otherBusinessType", textKind, 256, mandatory}}},
}

// maxExtendInfo is the length that the API pages give for extendInfo of the sibling
// objects, in characters; the guide names none for order.extendInfo.
const maxExtendInfo = 2048

// read takes the facts from the members of the order, or from an extendInfo that
// the caller has put together as the guide does.
func (f *tradeFacts) read(o object, c *config, list []goods, hasGoods bool) {
	source := o
	if o.has("extendInfo") {
		info, ok := extendInfo(o)
		if !ok {
			return
		}
		if hasGoods || o.has("businessType") {
			o.p.fail(ExtendInfoTwice, o.at("extendInfo"))
			return
		}
		source = info
	}
	n := need(!c.acquirer || hasGoods || source.path != o.path)
	businessType, ok := source.str("businessType", n, maxID)
	if !ok {
		if !o.has("goods") && source.path == o.path && !c.acquirer {
			o.p.fail(GoodsRequired, o.at("goods"))
		}
		return
	}
	f.businessType = businessType
	if businessType == tradeInGoods {
		if source.path != o.path {
			list = source.goodsOfInfo()
		} else if len(list) == 0 && !o.hasMany("goods") {
			o.p.fail(GoodsRequired, o.at("goods"))
		}
		f.members = []header{
			{"totalQuantity", totalQuantity(list)}, {"businessType", businessType}, {"goodsInfo", goodsInfo(list)},
		}
	} else {
		f.readOther(source)
	}
	if o.p.ok() && longer(f.extendInfo(), maxExtendInfo) {
		place := "goods"
		if businessType != tradeInGoods || source.path != o.path {
			place = "extendInfo"
		}
		o.p.fail(ExtendInfoTooLong, o.at(place), itoa(maxExtendInfo))
	}
}

// hasMany tells whether an array with items is there, whatever they are like.
func (o object) hasMany(name string) bool {
	v := o.get(name)
	return v != nil && (v.Type() != fastjson.TypeArray || len(v.GetArray()) > 0)
}

func (f *tradeFacts) readOther(source object) {
	for i := range businessTypes {
		t := &businessTypes[i]
		if t.businessType != f.businessType {
			continue
		}
		f.members = []header{{"businessType", f.businessType}}
		for _, m := range t.members {
			var text string
			if m.kind == urlKind {
				if text = webAddress(source, m.name, m.need); text == "" {
					continue
				}
			} else if text, _ = source.str(m.name, m.need, m.limit); text == "" {
				continue
			}
			f.members = append(f.members, header{m.name, text})
		}
		return
	}
	source.p.fail(BusinessTypeUnknown, source.at("businessType"), f.businessType)
}

// extendInfo finds chinaExtraTransInfo in an extendInfo that may be an object, as in
// the guide's note, or a JSON text, as in its request.
func extendInfo(o object) (info object, ok bool) {
	outer := object{nil, o.at("extendInfo"), o.p}
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
		info.unknown("businessType", "goodsInfo", "totalQuantity", "hotelName", "checkinTime", "checkoutTime",
			"flightNumber", "departureTime", "admissionNoticeUrl", "otherBusinessType")
	}
	return info, ok
}

// goodsOfInfo reads goodsInfo and compares its sum with totalQuantity.
func (o object) goodsOfInfo() []goods {
	text, hasText := o.str("goodsInfo", mandatory, maxExtendInfo)
	total, hasTotal := o.str("totalQuantity", mandatory, maxID)
	if !hasText {
		return nil
	}
	list := splitGoodsInfo(text, o.at("goodsInfo"), o.p)
	if list != nil && hasTotal && totalQuantity(list) != total {
		o.p.fail(TotalQuantityMismatch, o.at("totalQuantity"), totalQuantity(list))
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
