package core

import "github.com/valyala/fastjson"

// codec reads or writes one JSON object of the record, so that each kind of object lists its members once. It reads
// when to is nil. What is "", 0 or false is left out.
type codec struct {
	from object
	to   *writer
	seen int      // how many of the members of from were asked for
	asks []string // their names, kept only to find out which one is unknown
}

// read reads an object by the function that lists its members, and refuses one that has others.
func read(from object, members func(*codec)) {
	c := codec{from: from}
	members(&c)
	if c.seen == from.o.Len() || !from.p.ok() {
		return
	}
	c = codec{from: from, asks: []string{""}}
	members(&c)
	c.end()
}

// end refuses the members that were not asked for.
func (c *codec) end() {
	if c.to != nil {
		c.to.close('}')
		return
	}
	if c.seen == c.from.o.Len() || !c.from.p.ok() {
		return
	}
	asks := c.asks
	c.from.unknownTo(func(name string) bool {
		if asks == nil || !contains(asks, name) {
			c.from.p.fail(FieldUnknown, c.from.at(escapePointer(name)))
		}
		return false
	})
}

func (c *codec) value(name string) *fastjson.Value {
	if c.asks != nil {
		c.asks = append(c.asks, name)
	}
	v := c.from.o.Get(name)
	if v != nil {
		c.seen++
	}
	return v
}

func (c *codec) malformed(name string) { c.from.p.fail(RecordMalformed, c.from.at(name)) }

func (c *codec) text(name string, s *string) {
	if c.to != nil {
		c.to.given(name, *s)
		return
	}
	if v := c.value(name); v == nil {
		return
	} else if v.Type() != fastjson.TypeString {
		c.malformed(name)
	} else {
		*s = string(v.GetStringBytes())
	}
}

func (c *codec) number(name string, n *int64) {
	if c.to != nil {
		if *n != 0 {
			c.to.name(name)
			c.to.raw(itoa64(*n))
		}
		return
	}
	v := c.value(name)
	if v == nil {
		return
	}
	var ok bool
	if *n, ok = wholeNumber(v); !ok {
		c.malformed(name)
	}
}

func (c *codec) boolean(name string, b *bool) {
	if c.to != nil {
		if *b {
			c.to.boolean(name, true)
		}
		return
	}
	if v := c.value(name); v != nil {
		if *b = v.Type() == fastjson.TypeTrue; !*b {
			c.malformed(name)
		}
	}
}

func (c *codec) amount(name string, a *amount) {
	if c.to != nil {
		if a.present() {
			a.write(c.to, name)
		}
		return
	}
	if c.value(name) != nil {
		*a = readAmountIfPresent(c.from, name)
	}
}

// json keeps an object as it stands.
func (c *codec) json(name string, v **fastjson.Value) {
	if c.to != nil {
		if *v != nil {
			c.to.name(name)
			writeValue(c.to, *v)
		}
		return
	}
	if *v = c.value(name); *v != nil && (*v).Type() != fastjson.TypeObject {
		c.malformed(name)
		*v = nil
	}
}

// child goes on in a member that is an object; given tells whether there is one to write.
func (c *codec) child(name string, given bool) (child codec, has bool) {
	if c.to != nil {
		if given {
			c.to.name(name)
			c.to.open('{')
		}
		return codec{to: c.to}, given
	}
	v := c.value(name)
	if v == nil {
		return child, false
	}
	if v.Type() != fastjson.TypeObject {
		c.malformed(name)
		return child, false
	}
	return codec{from: object{v.GetObject(), c.from.at(name), c.from.p}, asks: []string{""}}, true
}

// listOf reads or writes a member that is an array of objects, of at most `most`.
func listOf[T any](c *codec, name string, items *[]*T, most int, members func(*T, *codec)) {
	if c.to != nil {
		if len(*items) == 0 {
			return
		}
		c.to.name(name)
		c.to.open('[')
		for _, item := range *items {
			c.to.open('{')
			members(item, c)
			c.to.close('}')
		}
		c.to.close(']')
		return
	}
	v := c.value(name)
	if v == nil {
		return
	}
	values := v.GetArray()
	if v.Type() != fastjson.TypeArray || len(values) > most {
		c.malformed(name)
		return
	}
	room := make([]T, len(values))
	*items = make([]*T, 0, len(values)+2)
	for i, item := range values {
		if item.Type() != fastjson.TypeObject {
			c.malformed(name)
			return
		}
		to := &room[i]
		*items = append(*items, to)
		read(object{item.GetObject(), c.from.at(name) + "/" + itoa(i), c.from.p}, func(c *codec) { members(to, c) })
	}
}

// maxWhole is the largest number of a record: milliseconds of the year 5138.
const maxWhole = 99_999_999_999_999

// wholeNumber reads a JSON number that is whole, not negative and not out of all proportion.
func wholeNumber(v *fastjson.Value) (n int64, ok bool) {
	if v == nil || v.Type() != fastjson.TypeNumber {
		return 0, false
	}
	var room [32]byte
	n, ok = atoi(string(v.MarshalTo(room[:0])))
	return n, ok && n <= maxWhole
}

// readTime reads a member of an event that is a time in milliseconds since the epoch.
func readTime(o object, name string, n need) int64 {
	v := o.get(name)
	if v == nil {
		if n == mandatory {
			o.p.fail(FieldRequired, o.at(name))
		}
		return 0
	}
	ms, ok := wholeNumber(v)
	if !ok || ms == 0 {
		o.p.fail(MillisecondsMalformed, o.at(name))
	}
	return ms
}
