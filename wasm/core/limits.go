package core

import "github.com/valyala/fastjson"

// amountLimit bounds one payment in one currency, in minor units. An empty bound
// does not bound.
type amountLimit struct{ currency, minimum, maximum string }

// amountLimits are those of the AlipayCN product page as of May 2024: CNY 0.10 to
// CNY 300,000.00 for one payment. None are published for other currencies. A config has
// its own limits for the currencies that its member amountLimits names, and these for all
// others; {"CNY":{}} says that CNY has none:
//
//	{"CNY":{"minimum":"10","maximum":"30000000"}}
var amountLimits = [...]amountLimit{{cny, "10", "30000000"}}

func (c *config) checkLimits(a amount, path string, p *problems) {
	if a.value == "" {
		return
	}
	for _, limit := range c.limits {
		if limit.currency != a.currency {
			continue
		}
		unit, _ := findCurrency(a.currency)
		if limit.minimum != "" && lessDigits(a.value, limit.minimum) {
			p.fail(AmountBelowMinimum, path, formatMoney(limit.minimum, unit), a.currency)
		}
		if limit.maximum != "" && lessDigits(limit.maximum, a.value) {
			p.fail(AmountAboveMaximum, path, formatMoney(limit.maximum, unit), a.currency)
		}
	}
}

// lessDigits compares whole numbers that have no leading zeros.
func lessDigits(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

func (c *config) readAmountLimits(o object) {
	table, present := o.child("amountLimits")
	if !present {
		return
	}
	defaults := c.limits
	c.limits = nil
	for _, unit := range currencies {
		entry, present := table.child(unit.letters)
		if !present {
			for _, limit := range defaults {
				if limit.currency == unit.letters {
					c.limits = append(c.limits, limit)
				}
			}
			continue
		}
		entry.unknown("minimum maximum")
		limit := amountLimit{currency: unit.letters}
		limit.minimum = boundary(entry, "minimum")
		limit.maximum = boundary(entry, "maximum")
		c.limits = append(c.limits, limit)
	}
	table.unknownTo(func(name string) bool {
		_, known := findCurrency(name)
		return !known
	})
}

// boundary reads an optional bound. null is an error: it would switch a check off unseen.
func boundary(o object, name string) string {
	if v := o.value(name); v != nil && v.Type() == fastjson.TypeNull {
		o.fail(FieldNotAString, name)
	}
	s, ok := o.str(name, optional, maxID)
	if !ok || !checkValue(s, o.at(name), o.p) {
		return ""
	}
	return s
}

// maxExtendInfo is the length that the API pages give for extendInfo of the sibling
// objects, in characters; the guide names none for order.extendInfo. A config replaces
// it with its member extendInfoLimit.
const maxExtendInfo = 2048

func (c *config) readExtendInfoLimit(o object) {
	text, present := o.lenient("extendInfoLimit")
	if !present {
		return
	}
	if !whole(text, 1, 99999) {
		o.fail(FieldNotAWholeNumber, "extendInfoLimit")
		return
	}
	n, _ := atoi(text)
	c.extendInfo = int(n)
}
