package core

// Who takes part in an order and where it goes, with the lengths of the API page of
// pay. The core checks these members and passes them on.

var personName = [...]member{
	{"firstName", textKind, 32, optional},
	{"middleName", textKind, 32, optional},
	{"lastName", textKind, 32, optional},
	{"fullName", textKind, 128, optional},
}

var postalAddress = [...]member{
	{"region", regionKind, 2, mandatory},
	{"state", textKind, 8, optional},
	{"city", textKind, 32, optional},
	{"address1", textKind, 256, optional},
	{"address2", textKind, 256, optional},
	{"zipCode", textKind, 32, optional},
}

var buyer = [...]member{
	{"referenceBuyerId", textKind, 64, optional},
	{"buyerName", personKind, 0, optional},
	{"buyerPhoneNo", textKind, 24, optional},
	{"buyerEmail", textKind, 64, optional},
	{"buyerRegistrationTime", timeKind, 0, optional},
}

var shipping = [...]member{
	{"shippingName", personKind, 0, optional},
	{"shippingAddress", addressKind, 0, optional},
	{"shippingCarrier", textKind, 128, optional},
	{"shippingPhoneNo", textKind, 16, optional},
	{"shipToEmail", textKind, 64, optional},
}

// merchant describes the seller for whom an acquirer acts. The page read gives no
// lengths for it; these are those of the like members elsewhere.
var merchant = [...]member{
	{"referenceMerchantId", textKind, 64, mandatory},
	{"merchantMCC", textKind, 32, optional},
	{"merchantName", textKind, 256, optional},
	{"merchantDisplayName", textKind, 64, optional},
	{"merchantAddress", addressKind, 0, optional},
	{"merchantRegisterDate", timeKind, 0, optional},
	{"store", storeKind, 0, optional},
}

// store is the place of sale, with the names of the official SDKs.
var store = [...]member{
	{"referenceStoreId", textKind, 64, mandatory},
	{"storeName", textKind, 256, optional},
	{"storeMCC", textKind, 32, optional},
	{"storeDisplayName", textKind, 64, optional},
	{"storeTerminalId", textKind, 64, optional},
	{"storeOperatorId", textKind, 64, optional},
	{"storeAddress", addressKind, 0, optional},
	{"storePhoneNo", textKind, 24, optional},
}

// env describes the shopper's device. terminalType and osType stand beside it in an
// order, because every payment needs them.
var env = [...]member{
	{"clientIp", textKind, 64, optional},
	{"userAgent", textKind, 2048, optional},
	{"deviceTokenId", textKind, 64, optional},
	{"colorDepth", setKind, 0, optional},
	{"screenHeight", countKind, 99999, optional},
	{"screenWidth", countKind, 99999, optional},
	{"timeZoneOffset", offsetKind, 0, optional},
	{"deviceBrand", textKind, 64, optional},
	{"deviceModel", textKind, 128, optional},
	{"deviceLanguage", textKind, 32, optional},
	{"deviceId", textKind, 64, optional},
	{"osVersion", textKind, 64, optional},
	{"browserInfo", browserKind, 0, optional},
	{"storeTerminalId", textKind, 64, optional},
	{"storeTerminalRequestTime", timeKind, 0, optional},
	{"extendInfo", textKind, 2048, optional},
}

// browserInfo has the names of the official SDKs. As everywhere in a request, booleans
// are sent as text.
var browserInfo = [...]member{
	{"acceptHeader", textKind, 2048, optional},
	{"javaEnabled", setKind, 0, optional},
	{"javaScriptEnabled", setKind, 0, optional},
	{"language", textKind, 32, optional},
	{"userAgent", textKind, 2048, optional},
}

// goodsDetail is what order.goods tells beyond the name and the quantity that
// chinaExtraTransInfo has as well.
var goodsDetail = [...]member{
	{"referenceGoodsId", textKind, 64, mandatory},
	{"goodsName", textKind, 256, mandatory},
	{"goodsQuantity", countKind, 999999999, optional},
	{"goodsCategory", textKind, 64, optional},
	{"goodsBrand", textKind, 32, optional},
	{"goodsUnitAmount", amountKind, 0, optional},
	{"goodsSkuName", textKind, 64, optional},
	{"goodsImageUrl", urlKind, 0, optional},
	{"goodsUrl", urlKind, 0, optional},
	{"deliveryMethodType", setKind, 32, optional},
}

// passed checks an optional object of the order and returns its JSON, or "" when
// the order has none.
func passed(o object, name string, members []member) string {
	child, present := o.child(name)
	if !present {
		return ""
	}
	var w writer
	w.open('{')
	child.pass(&w, members)
	w.close('}')
	return string(w.b)
}
