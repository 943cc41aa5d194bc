package core

import (
	"strings"
	"unicode/utf8"
)

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
	return validPort(host[len(name):]) && validName(name)
}

// validPort takes what stands behind the name of a host: nothing, or a colon and a number.
func validPort(port string) bool {
	if port == "" {
		return true
	}
	n, ok := number(port[1:], 1, 65535)
	return ok && port[0] == ':' && n > 0 && len(port) <= 6
}

func validName(name string) bool {
	if strings.HasPrefix(name, "[") {
		return name[len(name)-1] == ']' && validIPv6(name[1:len(name)-1])
	}
	if name == "" || len(name) > 253 {
		return false
	}
	if last := name[strings.LastIndexByte(name, '.')+1:]; last != "" && (digitsOnly(last) || strings.HasPrefix(lower(last), "0x")) {
		_, ok := ipv4(name) // 127.1 and 0x7f000001 are an address to some and no host to others
		return ok
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

// validIPv6 reads an address of eight groups, of which one run of zeros may be left out.
func validIPv6(s string) bool {
	left, right, shortened := strings.Cut(s, "::")
	groups, ok := ipv6Groups(left)
	if shortened {
		more, good := ipv6Groups(right)
		return ok && good && groups+more < 8 && !strings.Contains(left, ".")
	}
	return ok && groups == 8
}

// ipv6Groups counts groups of 16 bits, the last two of which may be written as IPv4.
func ipv6Groups(s string) (n int, ok bool) {
	if s == "" {
		return 0, true
	}
	parts := strings.Split(s, ":")
	for i, part := range parts {
		if _, isIPv4 := ipv4(part); isIPv4 && i == len(parts)-1 {
			return len(parts) + 1, true
		}
		if part == "" || len(part) > 4 {
			return 0, false
		}
		for j := range len(part) {
			if _, hex := hexDigit(part[j]); !hex {
				return 0, false
			}
		}
	}
	return len(parts), true
}

func ipv4(s string) (address [4]int, ok bool) {
	parts := strings.Split(s, ".")
	if len(parts) != 4 {
		return address, false
	}
	for i, part := range parts {
		n, good := number(part, 0, 255)
		if !good || len(part) > 3 || len(part) > 1 && part[0] == '0' {
			return address, false
		}
		address[i] = n
	}
	return address, true
}

// public tells whether a host can be reached from the internet, as far as its name says.
func public(hostname string) bool {
	name := lower(hostname)
	if a, ok := ipv4(name); ok {
		switch {
		case a[0] == 0, a[0] == 10, a[0] == 127, a[0] == 169 && a[1] == 254, a[0] == 192 && a[1] == 168,
			a[0] == 172 && a[1]&0xF0 == 16, a[0] == 100 && a[1]&0xC0 == 64:
			return false
		}
		return true
	}
	if name[0] == '[' { // global unicast addresses are those of 2000::/3
		return name[1] == '2' || name[1] == '3'
	}
	dot := strings.LastIndexByte(name, '.')
	return dot >= 0 && !contains([]string{"localhost", "localdomain", "local", "internal", "lan", "home", "test"}, name[dot+1:])
}

func loopback(hostname string) bool {
	hostname = lower(hostname)
	if hostname == "localhost" || hostname == "[::1]" {
		return true
	}
	address, ok := ipv4(hostname)
	return ok && address[0] == 127
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
	if code, args := urlProblem(s); code != 0 {
		o.fail(code, name, args...)
		return ""
	}
	if strings.Contains(s, "&amp;") {
		o.p.warn(URLHTMLEscaped, o.at(name))
	}
	return s
}

// urlProblem finds the first thing that is wrong with an absolute URL by RFC 3986, so that
// whoever fetches it asks for the same path: the signature of a notification covers it.
func urlProblem(s string) (code Code, args []string) {
	if trimInvisible(s) != s {
		return URLBlanksAround, nil
	}
	scheme, rest, _ := strings.Cut(s, "://")
	if scheme = lower(scheme); scheme != "http" && scheme != "https" {
		return URLScheme, nil
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host, rest := rest[:end], rest[end:]
	for _, r := range host {
		if r >= utf8.RuneSelf {
			return URLHostNotASCII, nil
		}
	}
	path, inPath, fragments := rest, true, 0
	for i, r := range rest {
		switch {
		case r == '#' && fragments == 0, r == '?' && inPath:
			if inPath {
				path, inPath = rest[:i], false
			}
			if r == '#' {
				fragments++
			}
		case r == '%' && percentEncoded(rest[i:]), !inPath && (r == '[' || r == ']'):
		case r == '#', r == '%', !visibleASCII(byte(min(r, 0x7F))), strings.IndexByte("\"<>[\\]^`{|}", byte(r)) >= 0:
			return URLNotEncoded, []string{string(r), percentEncode(r)}
		}
	}
	name := hostname(host)
	if at := strings.LastIndexByte(host, '@'); at < 0 && !validPort(host[len(name):]) && validName(name) {
		return URLPort, nil
	}
	if u, ok := parseURL(s); !ok || u.userinfo {
		return URLMalformed, nil
	}
	for _, segment := range strings.Split(path, "/") {
		if plain, _ := percentDecode(segment); plain == "." || plain == ".." {
			return URLDotSegment, []string{segment}
		}
	}
	return 0, nil
}

// warnOfNotifyURL tells of addresses at which notifications may not arrive, or not verify.
func warnOfNotifyURL(o object, name, address string, c *config) {
	u, ok := parseURL(address)
	if !ok {
		return
	}
	whole, _ := cutFragment(address)
	if whole != address {
		o.p.warn(URLFragment, o.at(name))
	}
	if strings.Contains(whole, "?") {
		o.p.warn(NotifyURLQuery, o.at(name))
	}
	if gateway, _ := parseURL(c.origin); public(gateway.hostname()) && !public(u.hostname()) {
		o.p.warn(URLNotPublic, o.at(name))
	}
}
