package core

import "strings"

// webURL is an absolute http or https URL, cut at its host.
type webURL struct {
	scheme   string // lower case
	host     string // with its port, if any
	rest     string // path, query and fragment as they stand
	userinfo bool
}

// parseURL cuts an absolute http or https URL of printable ASCII. It says no to
// everything that browsers and servers read in different ways: blanks, control
// characters, backslashes, characters that should have been percent-encoded.
func parseURL(s string) (u webURL, ok bool) {
	colon := strings.Index(s, "://")
	if colon < 0 {
		return u, false
	}
	u.scheme = lower(s[:colon])
	if u.scheme != "http" && u.scheme != "https" {
		return u, false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c <= ' ' || c >= 0x7F,
			c == '\\' || c == '"' || c == '<' || c == '>' || c == '`',
			c == '%' && !percentEncoded(s[i:]):
			return u, false
		}
	}
	s = s[colon+3:]
	end := strings.IndexAny(s, "/?#")
	if end < 0 {
		end = len(s)
	}
	u.host, u.rest = s[:end], s[end:]
	if at := strings.LastIndexByte(u.host, '@'); at >= 0 {
		u.host, u.userinfo = u.host[at+1:], true
	}
	return u, validHost(u.host)
}

func percentEncoded(s string) bool {
	if len(s) < 3 {
		return false
	}
	_, high := hexDigit(s[1])
	_, low := hexDigit(s[2])
	return high && low
}

// hostname is the host without its port.
func (u webURL) hostname() string { return hostname(u.host) }

func hostname(host string) string {
	if strings.HasPrefix(host, "[") {
		if end := strings.IndexByte(host, ']'); end >= 0 {
			return host[:end+1]
		}
	}
	if colon := strings.IndexByte(host, ':'); colon >= 0 {
		return host[:colon]
	}
	return host
}

func validHost(host string) bool {
	name := hostname(host)
	if port := host[len(name):]; port != "" && (len(port) < 2 || len(port) > 6 || port[0] != ':' || !digitsOnly(port[1:])) {
		return false
	}
	if strings.HasPrefix(name, "[") {
		for i := 1; i < len(name)-1; i++ {
			if _, hex := hexDigit(name[i]); !hex && name[i] != ':' && name[i] != '.' {
				return false
			}
		}
		return len(name) > 3 && name[len(name)-1] == ']'
	}
	if name == "" || len(name) > 253 {
		return false
	}
	for _, label := range strings.Split(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := 0; i < len(label); i++ {
			c := label[i]
			if !isDigit(c) && c != '-' && c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') {
				return false
			}
		}
	}
	return true
}

func loopback(hostname string) bool {
	hostname = lower(hostname)
	if hostname == "localhost" || hostname == "[::1]" {
		return true
	}
	parts := strings.Split(hostname, ".")
	if len(parts) != 4 || parts[0] != "127" {
		return false
	}
	for _, part := range parts {
		if part == "" || len(part) > 3 || !digitsOnly(part) {
			return false
		}
	}
	return true
}

// appScheme tells whether s is an address in an app, such as imeituan://pay: a
// scheme of its own, and none that a browser would run or fetch.
func appScheme(s string) bool {
	scheme, rest, found := strings.Cut(s, "://")
	if !found || rest == "" || scheme == "" || scheme[0]|0x20 < 'a' || scheme[0]|0x20 > 'z' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7F || s[i] == '"' || s[i] == '<' || s[i] == '>' || s[i] == '\\' {
			return false
		}
	}
	for i := 0; i < len(scheme); i++ {
		c := scheme[i]
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	switch lower(scheme) {
	case "http", "https", "ftp", "file", "ws", "wss", "javascript", "data", "blob", "about", "vbscript":
		return false
	}
	return true
}

// maxURL is the length that the API pages give for URLs.
const maxURL = 2048

// webAddress reads a URL that Alipay is given: absolute, http or https. The guide
// itself uses plain http for paymentNotifyUrl.
func webAddress(o object, name string, n need) string {
	s, ok := o.str(name, n, maxURL)
	if !ok {
		return ""
	}
	u, ok := parseURL(s)
	switch {
	case !ok && !strings.HasPrefix(lower(s), "http://") && !strings.HasPrefix(lower(s), "https://"):
		o.p.fail(URLScheme, o.at(name))
		return ""
	case !ok || u.userinfo:
		o.p.fail(URLMalformed, o.at(name))
		return ""
	}
	return s
}
