package operator

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Role says what a token is good for.
type Role string

// The roles.
const (
	RoleRead  Role = "read"  // sees everything and changes nothing
	RoleWrite Role = "write" // also cancels, refunds, resends, dismisses and settles
)

// Identity is who makes a request.
type Identity struct {
	Name string
	Role Role
}

// Tokens are the operators' bearer tokens. A nil *Tokens has none. It does not change and may be used concurrently.
type Tokens struct{ list []token }

type token struct {
	Identity
	digest [sha256.Size]byte
}

// shortest is the least length of a token, so that it cannot be guessed.
const shortest = 24

var (
	namePattern  = regexp.MustCompile(`^[\w.@-]{1,64}$`)
	tokenPattern = regexp.MustCompile(`^[\x21-\x7e]+$`)
)

// ParseTokens reads operators' tokens: a JSON object of names, each with a token or with an object, or a bare token, whose
// name is "operator":
//
//	{"alice": "TOKEN", "dashboard": {"token": "TOKEN", "role": "read"}}
//
// An empty text is no tokens. A token has at least 24 visible ASCII characters. The error names no token.
func ParseTokens(text string) (*Tokens, error) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	if text == "" {
		return nil, nil
	}
	t := &Tokens{}
	if !strings.HasPrefix(text, "{") {
		return t, t.add("operator", text, RoleWrite)
	}
	var named map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &named) != nil || len(named) == 0 {
		return nil, errors.New("operators' tokens must be a JSON object of names and tokens, or one token")
	}
	for name, value := range named {
		given := struct {
			Token string
			Role  Role
		}{Role: RoleWrite}
		if json.Unmarshal(value, &given.Token) != nil {
			decoder := json.NewDecoder(strings.NewReader(string(value)))
			decoder.DisallowUnknownFields()
			if decoder.Decode(&given) != nil {
				return nil, fmt.Errorf(`operators' tokens: %q must have a token, or an object with "token" and "role"`, name)
			}
		}
		if err := t.add(name, given.Token, given.Role); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *Tokens) add(name, text string, role Role) error {
	wrong := ""
	switch {
	case !namePattern.MatchString(name):
		return fmt.Errorf("operators' tokens: the name %q must be 1 to 64 letters, digits and . _ @ -", name)
	case role != RoleRead && role != RoleWrite:
		wrong = `has a role that is neither "read" nor "write"`
	case !tokenPattern.MatchString(text):
		wrong = "must be letters, digits and signs, without white space or line feeds"
	case strings.ContainsAny(text[:1]+text[len(text)-1:], "\"'`"):
		wrong = "has quotes around it"
	case len(text) < shortest:
		wrong = fmt.Sprintf("must have at least %d characters", shortest)
	}
	one := token{Identity{name, role}, sha256.Sum256([]byte(text))}
	if wrong == "" && slices.ContainsFunc(t.list, func(other token) bool { return other.digest == one.digest }) {
		wrong = "is also that of another name"
	}
	if wrong != "" {
		return fmt.Errorf("operators' tokens: that of %s %s", name, wrong)
	}
	t.list = append(t.list, one)
	return nil
}

// Named is the identity of a name.
func (t *Tokens) Named(name string) (who Identity, known bool) {
	if t == nil {
		return Identity{}, false
	}
	for i := range t.list {
		if t.list[i].Name == name {
			return t.list[i].Identity, true
		}
	}
	return Identity{}, false
}

var bearer = regexp.MustCompile(`^(?i:Bearer) +([^ ]+)$`)

// identify finds out who makes a request. It compares digests, which have one length, with all tokens, which takes one time.
func (t *Tokens) identify(r *http.Request) (who Identity, known bool) {
	given := bearer.FindStringSubmatch(r.Header.Get("Authorization"))
	if t == nil || given == nil {
		return Identity{}, false
	}
	digest := sha256.Sum256([]byte(given[1]))
	for i := range t.list {
		if subtle.ConstantTimeCompare(digest[:], t.list[i].digest[:]) == 1 {
			who, known = t.list[i].Identity, true
		}
	}
	return who, known
}
