package core

// readRequestTime reads the member "time", the Request-Time of a request: ISO 8601
// with an offset as in the guide, or milliseconds since 1970 as in today's
// documentation, by the config.
func readRequestTime(head object, c *config) string {
	time, ok := head.str("time", mandatory, maxID)
	if !ok {
		return ""
	}
	_, iso := parseISOTime(time)
	_, epoch := parseEpochTime(time)
	switch {
	case !c.epochTime && !iso:
		reportTime(time, head.at("time"), head.p)
		return ""
	case c.epochTime && !epoch:
		head.fail(TimeNotEpoch, "time")
		return ""
	}
	return time
}

// reportTime reports a time that parseISOTime does not read.
func reportTime(s, path string, p *problems) {
	if full, ok := withSeconds(s); ok {
		p.fail(TimeWithoutSeconds, path, full)
		return
	}
	p.fail(TimeNotISO, path)
}

// withSeconds writes the seconds into a time that ends at the minute. Java's
// OffsetDateTime leaves them out when they are zero: of one message in sixty.
func withSeconds(s string) (full string, ok bool) {
	if len(s) < 17 || s[13] != ':' || s[16] == ':' {
		return "", false
	}
	full = s[:16] + ":00" + s[16:]
	_, ok = parseISOTime(full)
	return full, ok
}

// parseTime reads a time in either form as milliseconds since 1970.
func parseTime(s string) (ms int64, ok bool) {
	if ms, ok = parseEpochTime(s); ok {
		return ms, true
	}
	return parseISOTime(s)
}

// parseEpochTime reads 13 digits: milliseconds since 1970, from 2001 to 2286.
func parseEpochTime(s string) (ms int64, ok bool) {
	if len(s) != 13 || !digitsOnly(s) || s[0] == '0' {
		return 0, false
	}
	return atoi(s)
}

// parseISOTime reads YYYY-MM-DDThh:mm:ss, a fraction of a second if there is one,
// and an offset: Z, ±hh:mm or ±hhmm.
func parseISOTime(s string) (ms int64, ok bool) {
	if len(s) < 20 || len(s) > 40 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return 0, false
	}
	year, ok1 := number(s[0:4], 1970, 9999)
	month, ok2 := number(s[5:7], 1, 12)
	day, ok3 := number(s[8:10], 1, 31)
	hour, ok4 := number(s[11:13], 0, 23)
	minute, ok5 := number(s[14:16], 0, 59)
	second, ok6 := number(s[17:19], 0, 60)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 || day > daysIn(year, month) {
		return 0, false
	}
	s = s[19:]
	var fraction int64
	if s[0] == '.' {
		end, scale := 1, int64(100)
		for end < len(s) && isDigit(s[end]) {
			fraction += int64(s[end]-'0') * scale
			scale /= 10
			end++
		}
		if end == 1 {
			return 0, false
		}
		s = s[end:]
	}
	offset, ok := offsetMinutes(s)
	if !ok {
		return 0, false
	}
	seconds := ((int64(daysSince1970(year, month, day))*24+int64(hour))*60+int64(minute)-int64(offset))*60 + int64(second)
	if second == 60 && seconds%(24*60*60) != 0 {
		return 0, false // a leap second is the last one of a day in UTC
	}
	return seconds*1000 + fraction, true
}

func offsetMinutes(s string) (minutes int, ok bool) {
	if s == "Z" {
		return 0, true
	}
	if len(s) == 6 && s[3] == ':' {
		s = s[:3] + s[4:]
	}
	if len(s) != 5 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	hours, ok1 := number(s[1:3], 0, 14)
	minutes, ok2 := number(s[3:5], 0, 59)
	minutes += hours * 60
	if s[0] == '-' {
		minutes = -minutes
	}
	return minutes, ok1 && ok2
}

func number(digits string, low, high int) (n int, ok bool) {
	value, ok := atoi(digits)
	n = int(value)
	return n, ok && n >= low && n <= high
}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func daysIn(year, month int) int {
	switch month {
	case 2:
		if leap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

func daysSince1970(year, month, day int) int {
	days := (year-1970)*365 + leapsBefore(year) - leapsBefore(1970)
	for m := 1; m < month; m++ {
		days += daysIn(year, m)
	}
	return days + day - 1
}

// leapsBefore counts the leap years from 1 to year-1.
func leapsBefore(year int) int {
	y := year - 1
	return y/4 - y/100 + y/400
}
