package sandbox

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// fields reads members of a request by dotted path. The first thing wrong with any of them stays in problem, and names
// the field; what is read after that is not used.
type fields struct {
	root    object
	problem *Result
}

func (f *fields) refuse(path, sentence string) {
	if f.problem == nil {
		f.problem = illegal(path + " " + sentence)
	}
}

func (f *fields) lookup(path string) (any, bool) {
	var value any = f.root
	for name := range strings.SplitSeq(path, ".") {
		members, ok := value.(object)
		if !ok {
			return nil, false
		}
		if value, ok = members[name]; !ok {
			return nil, false
		}
	}
	return value, value != nil
}

func (f *fields) has(path string) bool {
	_, found := f.lookup(path)
	return found
}

// text is a required string of 1 to limit characters.
func (f *fields) text(path string, limit int) string {
	value, found := f.lookup(path)
	if !found {
		f.refuse(path, "is required")
		return ""
	}
	text, ok := value.(string)
	switch {
	case !ok:
		f.refuse(path, "must be a string")
	case strings.TrimSpace(text) == "":
		f.refuse(path, "must not be empty")
	case utf8.RuneCountInString(text) > limit:
		f.refuse(path, "is too long")
	}
	return text
}

// optional is a string of at most limit characters that may be left out.
func (f *fields) optional(path string, limit int) string {
	if !f.has(path) {
		return ""
	}
	return f.text(path, limit)
}

// either is two ids; at least one is required.
func (f *fields) either(first, second string) (string, string) {
	if !f.has(first) && !f.has(second) {
		f.refuse(first, "or "+second+" is required")
	}
	return f.optional(first, 64), f.optional(second, 64)
}

// choice is a required string out of a list.
func (f *fields) choice(path string, allowed ...string) string {
	text := f.text(path, 64)
	if text != "" && !slices.Contains(allowed, text) {
		f.refuse(path, "must be "+strings.Join(allowed, " or "))
	}
	return text
}

var amountValue = regexp.MustCompile(`^[1-9][0-9]{0,15}$`)

// amount is a required amount of at least one minor unit.
func (f *fields) amount(path string) Amount {
	amount := Amount{Currency: f.text(path+".currency", 3), Value: f.text(path+".value", 16)}
	if amount.Value != "" && !amountValue.MatchString(amount.Value) {
		f.refuse(path+".value", "must be a whole number of minor units above 0, in digits")
	}
	return amount
}

// lifetime is what an optional point in time leaves after the time of the request; 0 without one.
func (f *fields) lifetime(path, sent string) time.Duration {
	text := f.optional(path, 64)
	if text == "" {
		return 0
	}
	end, ok := parseRequestTime(text)
	begin, _ := parseRequestTime(sent)
	left := end.Sub(begin)
	if !ok || len(text) < len("2006-01-02T15:04:05Z") {
		f.refuse(path, "must be ISO 8601 with offset")
	} else if left <= 0 || left > longestOwnLifetime {
		f.refuse(path, "must be within 10 minutes after the request-time")
	}
	return left
}

const maximumURL = 2048

// webURL is a required http or https URL.
func (f *fields) webURL(path string) string { return f.limitedWebURL(path, maximumURL) }

func (f *fields) limitedWebURL(path string, limit int) string {
	text := f.text(path, limit)
	if text != "" && !isWebURL(text) {
		f.refuse(path, "must be an http or https URL")
	}
	return text
}

// returnURL is a required URL that a browser may be sent to: a page or an app, but nothing that runs or reads here.
func (f *fields) returnURL(path string) string {
	text := f.text(path, maximumURL)
	if text != "" && !isReturnURL(text) {
		f.refuse(path, "must be an http or https URL or the link of an app")
	}
	return text
}

func isWebURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}

func isReturnURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" {
		return false
	}
	switch u.Scheme {
	case "http", "https":
		return isWebURL(text)
	case "javascript", "data", "vbscript", "file", "blob", "filesystem", "about":
		return false
	}
	return u.Host != "" || u.Opaque != "" || u.Path != ""
}
