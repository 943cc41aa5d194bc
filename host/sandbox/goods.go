package sandbox

import (
	"strconv"
	"strings"
)

// checkTransInfo looks at order.extendInfo.chinaExtraTransInfo. The guide sends extendInfo as a string of JSON and shows
// it once as an object; both are read.
func checkTransInfo(f *fields, m *Merchant) {
	const path = "order.extendInfo"
	value, found := f.lookup(path)
	if !found {
		if !m.Acquirer {
			f.refuse(path+".chinaExtraTransInfo", "is required for merchants that are integrated directly")
		}
		return
	}
	members, isObject := value.(object)
	if text, isText := value.(string); isText {
		var err error
		if members, err = decodeObject([]byte(text)); err != nil {
			f.refuse(path, "must hold a JSON object: "+err.Error())
			return
		}
	} else if !isObject {
		f.refuse(path, "must be a string that holds a JSON object")
		return
	}
	info := &fields{root: members}
	if !info.has("chinaExtraTransInfo") {
		if !m.Acquirer {
			f.refuse(path+".chinaExtraTransInfo", "is required for merchants that are integrated directly")
		}
		return
	}
	businessType := info.choice("chinaExtraTransInfo.businessType", "1", "2", "3", "4", "5")
	for _, member := range tradeMembers[businessType] {
		info.text("chinaExtraTransInfo."+member, maximumURL)
	}
	if businessType == "4" {
		checkGoods(info)
	}
	if info.problem != nil && f.problem == nil {
		f.problem = illegal(path + "." + info.problem.ResultMessage)
	}
}

// tradeMembers are the members that chinaExtraTransInfo must have, by businessType: hotel, flight, study abroad, other.
// Goods are checked more closely.
var tradeMembers = map[string][]string{
	"1": {"hotelName", "checkinTime", "checkoutTime"},
	"2": {"flightNumber", "departureTime"},
	"3": {"admissionNoticeUrl"},
	"5": {"otherBusinessType"},
}

// checkGoods compares totalQuantity with the sum of the quantities.
func checkGoods(info *fields) {
	const goodsPath, totalPath = "chinaExtraTransInfo.goodsInfo", "chinaExtraTransInfo.totalQuantity"
	list, total := info.text(goodsPath, maximumURL), info.text(totalPath, 16)
	if info.problem != nil {
		return
	}
	all, ok := parseGoods(list)
	if !ok {
		info.refuse(goodsPath, "must be name^quantity, several joined by |")
		return
	}
	var sum int64
	for _, g := range all {
		sum += g.Quantity
	}
	if strconv.FormatInt(sum, 10) != total {
		info.refuse(totalPath, "must be the sum of the quantities in goodsInfo, "+strconv.FormatInt(sum, 10))
	}
}

// goods is one kind of thing that is bought.
type goods struct {
	Name     string
	Quantity int64
}

// parseGoods reads "name^quantity|name^quantity".
func parseGoods(list string) (all []goods, ok bool) {
	for item := range strings.SplitSeq(list, "|") {
		name, quantity, found := strings.Cut(item, "^")
		number, err := strconv.ParseInt(quantity, 10, 32)
		if !found || strings.TrimSpace(name) == "" || err != nil || number < 1 || strconv.FormatInt(number, 10) != quantity {
			return nil, false
		}
		all = append(all, goods{Name: name, Quantity: number})
	}
	return all, true
}
