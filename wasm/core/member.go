package core

// member describes one member of an object that is checked and then passed on as
// it stands: its name, its form, its longest length, and whether it must be there.
type member struct {
	name  string
	kind  kind
	limit int
	need  need
}

// kind is the form of a member's value.
type kind byte

const (
	textKind    kind = iota
	urlKind          // absolute, http or https
	timeKind         // ISO 8601 with an offset
	countKind        // a whole number, at least 1 and at most limit, as text
	offsetKind       // minutes from UTC, -720 to 720, as text
	regionKind       // two capital letters, ISO 3166
	amountKind       // an Amount in one of the payment currencies
	personKind       // see personName
	addressKind      // see postalAddress
	setKind          // one of the words of sets
	idKind           // letters, digits, hyphens and underscores
	browserKind      // see browserInfo
	storeKind        // see store
)

// pass checks the object's members and writes those that are there, in the order of
// the description. Members that are not described are warned of.
func (o object) pass(w *writer, members []member) {
	for i := range members {
		m := &members[i]
		if !o.has(m.name) {
			if m.need == mandatory {
				o.fail(FieldRequired, m.name)
			}
			continue
		}
		o.passMember(w, m)
	}
	o.unknownTo(func(name string) bool {
		for i := range members {
			if members[i].name == name {
				return false
			}
		}
		return true
	})
}

func (o object) passMember(w *writer, m *member) {
	switch m.kind {
	case amountKind:
		readPaymentAmount(o, m.name).write(w, m.name)
		return
	case personKind:
		o.passObject(w, m.name, personName[:])
		return
	case addressKind:
		o.passObject(w, m.name, postalAddress[:])
		return
	case browserKind:
		o.passObject(w, m.name, browserInfo[:])
		return
	case storeKind:
		o.passObject(w, m.name, store[:])
		return
	}
	limit := m.limit
	switch m.kind {
	case urlKind:
		limit = maxURL
	case timeKind, countKind, offsetKind, regionKind, setKind:
		limit = max(limit, maxID)
	}
	s, ok := o.str(m.name, m.need, limit)
	if !ok {
		return
	}
	code := Code(0)
	switch m.kind {
	case urlKind:
		webAddress(o, m.name, optional)
	case timeKind:
		if _, iso := parseISOTime(s); !iso {
			reportTime(s, o.at(m.name), o.p)
		}
	case countKind:
		if !whole(s, 1, m.limit) {
			code = FieldNotAWholeNumber
		}
	case offsetKind:
		if !whole(s, -720, 720) {
			code = FieldNotAWholeNumber
		}
	case regionKind:
		if len(s) != 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z' {
			code = RegionMalformed
		}
	case idKind:
		if !safeID(s) {
			code = FieldSpecialCharacter
		}
	case setKind:
		if !inSet(m.name, s) {
			o.fail(FieldNotInSet, m.name, setText(m.name))
		}
	}
	if code != 0 {
		o.fail(code, m.name)
	}
	w.member(m.name, s)
}

// passObject is pass for a member that is an object itself.
func (o object) passObject(w *writer, name string, members []member) {
	child, present := o.child(name)
	if !present {
		return
	}
	w.name(name)
	w.open('{')
	child.pass(w, members)
	w.close('}')
}

func safeID(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func whole(text string, low, high int) bool {
	digits := text
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	if digits == "" || len(digits) > 9 || !digitsOnly(digits) || len(digits) > 1 && digits[0] == '0' {
		return false
	}
	n := 0
	for i := 0; i < len(digits); i++ {
		n = n*10 + int(digits[i]-'0')
	}
	if len(digits) < len(text) {
		n = -n
	}
	return n >= low && n <= high
}

// sets are the members that know a few words only.
var sets = [...]struct {
	name  string
	words []string
}{
	{"osType", []string{"IOS", "ANDROID"}},
	{"deliveryMethodType", []string{"PHYSICAL", "DIGITAL"}},
	{"javaEnabled", []string{"true", "false"}},
	{"javaScriptEnabled", []string{"true", "false"}},
	{"colorDepth", []string{"1", "4", "8", "15", "16", "24", "30", "32", "48"}},
}

func setWords(name string) []string {
	for i := range sets {
		if sets[i].name == name {
			return sets[i].words
		}
	}
	return nil
}

func inSet(name, word string) bool { return contains(setWords(name), word) }

func setText(name string) string { return list(setWords(name)) }

// list joins words for a sentence.
func list(words []string) string {
	text := ""
	for i, w := range words {
		if i > 0 {
			text += ", "
		}
		text += w
	}
	return text
}
