package sandbox

import (
	"net/http"
	"strings"
)

// language is a language of the pages, as its tag in HTML.
type language string

const (
	english language = "en"
	chinese language = "zh-CN"

	languageCookie = "cashier-sandbox-language"
)

// parseLanguage takes any English or Chinese tag.
func parseLanguage(tag string) (language, bool) {
	primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	switch primary {
	case "en":
		return english, true
	case "zh":
		return chinese, true
	}
	return "", false
}

// chooseLanguage follows ?lang=, then the choice made earlier, then the browser's order of preference.
func chooseLanguage(w http.ResponseWriter, r *http.Request) language {
	if chosen, ok := parseLanguage(r.URL.Query().Get("lang")); ok {
		http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: string(chosen), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		return chosen
	}
	if cookie, err := r.Cookie(languageCookie); err == nil {
		if chosen, ok := parseLanguage(cookie.Value); ok {
			return chosen
		}
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(part, ";")
		if chosen, ok := parseLanguage(tag); ok {
			return chosen
		}
	}
	return english
}

// languageLink switches a page to another language.
type languageLink struct {
	Tag     language
	Name    string
	Href    string
	Current bool
}

func languageLinks(r *http.Request, current language) []languageLink {
	links := []languageLink{{Tag: english, Name: "English"}, {Tag: chinese, Name: "中文"}}
	for i := range links {
		query := r.URL.Query()
		query.Set("lang", string(links[i].Tag))
		links[i].Href = r.URL.Path + "?" + query.Encode()
		links[i].Current = links[i].Tag == current
	}
	return links
}
