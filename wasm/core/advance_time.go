package core

// isoTime writes milliseconds since 1970 as ISO 8601 in UTC, with milliseconds.
func isoTime(ms int64) string {
	days := int(ms / (24 * 60 * 60 * 1000))
	year, month := 1970, 1
	for days >= 365 && (days >= 366 || !leap(year)) {
		days -= daysSince1970(year+1, 1, 1) - daysSince1970(year, 1, 1)
		year++
	}
	for days >= daysIn(year, month) {
		days -= daysIn(year, month)
		month++
	}
	rest := int(ms % (24 * 60 * 60 * 1000))
	out := appendPadded(nil, year, 4)
	out = appendPadded(append(out, '-'), month, 2)
	out = appendPadded(append(out, '-'), days+1, 2)
	out = appendPadded(append(out, 'T'), rest/3_600_000, 2)
	out = appendPadded(append(out, ':'), rest/60_000%60, 2)
	out = appendPadded(append(out, ':'), rest/1000%60, 2)
	out = appendPadded(append(out, '.'), rest%1000, 3)
	return string(append(out, 'Z'))
}

func appendPadded(out []byte, n, digits int) []byte {
	text := itoa(n)
	for len(text) < digits {
		text = "0" + text
	}
	return append(out, text...)
}
