package gateway

import (
	"context"
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// The causes that only the keys can tell; the others are codes of the core, such as PATH_QUERY_MISSING or BODY_REENCODED.
const (
	KeyVersionOther Code = "KEY_VERSION_OTHER" // it verifies with a key of another version than the one named
	KeyOther        Code = "KEY_OTHER"         // nothing verifies: another key, or another message
)

// SignedMessage is a notification or an answer as it was received, of which somebody wants to know why it does not verify.
type SignedMessage struct {
	Response   bool        // an answer to a request, not a notification
	Path       string      // the request target with its query, as it was received; of an answer, that of the request
	Header     http.Header // client-id, request-time (or response-time) and signature
	Body       []byte
	OtherPaths []string    // paths under which it may have been sent: paymentNotifyUrl's own path and query, that before a proxy
	Now        time.Time   // the zero time: the clock is not looked at
	Window     *TimeWindow // nil is that of the core
}

// ExplainOptions is what is at hand to try.
type ExplainOptions struct {
	Core     Core     // required
	ClientID string   // the merchant's; "" takes what the message says
	Keys     *KeyRing // Alipay's public keys, or what is taken for them; required
	// OwnKey is the merchant's own public key: messages are often verified with it by mistake.
	OwnKey crypto.PublicKey
}

// Explanation is why a message does not verify, as far as it can be told. Nothing that it says makes the message trustworthy.
type Explanation struct {
	Verified bool    `json:"verified"` // nothing is wrong
	Cause    Code    `json:"cause,omitempty"`
	Message  string  `json:"message"` // the cause and what to do, for a person
	Checks   []Check `json:"checks"`
	Tried    int     `json:"tried"` // combinations of guesses and keys
}

// Check is something that needs no key to look at.
type Check struct {
	Check   Code   `json:"check"`
	Passed  bool   `json:"passed"`
	Message string `json:"message,omitempty"`
}

// guess is one way in which the message may have been signed.
type guess struct {
	Cause         Code
	Message       string
	ContentPrefix string
	Body          *string
	Signature     string
	KeyVersion    string
}

// Explain finds the likeliest cause of a signature that does not verify, by trying what the core guesses went wrong with every key
// at hand. It takes a few milliseconds, so it is for people and not for the way of every message.
func Explain(ctx context.Context, m SignedMessage, o ExplainOptions) (*Explanation, error) {
	if o.Core == nil || o.Keys == nil {
		return nil, errors.New("gateway: Explain needs Core and Keys")
	}
	kind, timeHeader := "notification", "request-time"
	if m.Response {
		kind, timeHeader = "response", "response-time"
	}
	clientID := o.ClientID
	parts := signedParts(m.Path, m.Header, timeHeader)
	if clientID == "" {
		clientID = parts.clientID
	}
	if !m.Now.IsZero() {
		parts.now, parts.window = m.Now.UnixMilli(), m.Window.member()
	}
	others, err := json.Marshal(append([]string{}, m.OtherPaths...))
	if err != nil {
		return nil, err
	}
	input := parts.head(nil, append(appendJSON([]byte(`{"clientId":`), clientID), '}'), timeHeader)
	input = appendJSON(append(input, `,"message":`...), kind)
	input = append(append(append(input, `,"paths":`...), others...), "}\n"...)
	reply, err := ask[struct {
		report
		Checks  []Check
		Guesses []guess
	}](ctx, o.Core, "explain", append(input, m.Body...))
	if err != nil {
		return nil, err
	}
	e := &Explanation{Checks: reply.Checks}
	e.decide(m, o, reply.Guesses)
	return e, nil
}

// ExplainNotification is [Explain] for a request that [Client.VerifyNotification] has refused, with the client's own keys and
// options. body is what the request's body was.
func (c *Client) ExplainNotification(r *http.Request, body []byte, otherPaths ...string) (*Explanation, error) {
	ring, isRing := c.keys.(*KeyRing)
	if !isRing {
		return nil, errors.New("gateway: ExplainNotification needs AlipayKeys that are a *KeyRing")
	}
	if body == nil && r.Body != nil {
		var err error
		if body, err = io.ReadAll(io.LimitReader(r.Body, maxNotification)); err != nil {
			return nil, err
		}
	}
	options := ExplainOptions{Core: c.core, ClientID: c.config.ClientID, Keys: ring}
	if c.key != nil {
		options.OwnKey = c.key.Public()
	}
	return Explain(r.Context(), SignedMessage{
		Path: c.requestTarget(r), Header: r.Header, Body: body, OtherPaths: otherPaths, Now: c.now(), Window: c.window,
	}, options)
}

// decide goes from what is certain to what is likely.
func (e *Explanation) decide(m SignedMessage, o ExplainOptions, guesses []guess) {
	failed := slices.IndexFunc(e.Checks, func(c Check) bool { return !c.Passed })
	ownAsAlipays := o.OwnKey != nil && o.Keys.Contains(o.OwnKey)
	if len(guesses) > 0 {
		named := guesses[0].KeyVersion
		if e.try(m, o, guesses[0], named, failed) {
			return
		}
		for _, g := range guesses[1:] {
			if g.Signature == "" {
				g.Signature = guesses[0].Signature
			}
			for _, version := range o.Keys.versions() {
				if e.verifies(m, o.Keys.keys[version], g) {
					e.blame(g.Cause, g.Message)
					return
				}
			}
		}
	}
	switch {
	case ownAsAlipays:
		e.blame(KeyIsYourOwn, "The public key given as Alipay's belongs to your own private key. Copy the one that Alipay's dashboard shows as Alipay's public key.")
	case failed >= 0:
		e.blame(e.Checks[failed].Check, e.Checks[failed].Message)
	case len(guesses) > 0 && guesses[0].KeyVersion != "" && o.Keys.keys[guesses[0].KeyVersion] == nil:
		e.blame(KeyVersionUnknown, "The signature names version "+printable(guesses[0].KeyVersion)+" of Alipay's key, which is not among yours. Copy the key of that version from Alipay's dashboard.")
	default:
		e.blame(KeyOther, "No guess verifies with any key at hand. Compare Alipay's public key with the dashboard (sandbox and production have different ones), name other paths that the message may have been sent to, and make sure that the body is that which arrived, byte for byte.")
	}
}

// try looks at the message as it came.
func (e *Explanation) try(m SignedMessage, o ExplainOptions, g guess, named string, failed int) (done bool) {
	key := o.Keys.keys[named]
	if named == "" {
		key = o.Keys.keys[o.Keys.newest]
	}
	if key != nil && e.verifies(m, key, g) {
		switch own := o.OwnKey != nil && key.Equal(o.OwnKey); {
		case own:
			e.blame(KeyIsYourOwn, "It is signed with your own private key, not with Alipay's.")
		case failed >= 0:
			e.blame(e.Checks[failed].Check, e.Checks[failed].Message)
		default:
			e.Verified, e.Message = true, "The signature is good."
		}
		return true
	}
	for _, version := range o.Keys.versions() {
		if version != named && e.verifies(m, o.Keys.keys[version], g) {
			e.blame(KeyVersionOther, "The signature names version "+printable(strconv.Quote(named))+" of Alipay's key, but fits the key that you hold as version "+version+". Give every key the version that Alipay's dashboard shows.")
			return true
		}
	}
	if own, isRSA := o.OwnKey.(*rsa.PublicKey); isRSA && e.verifies(m, own, g) {
		e.blame(KeyIsYourOwn, "It is signed with your own private key, not with Alipay's.")
		return true
	}
	return false
}

func (e *Explanation) blame(cause Code, message string) { e.Cause, e.Message = cause, message }

func (e *Explanation) verifies(m SignedMessage, key *rsa.PublicKey, g guess) bool {
	e.Tried++
	signature, err := base64.StdEncoding.DecodeString(g.Signature)
	if err != nil {
		return false
	}
	body := m.Body
	if g.Body != nil {
		body = []byte(*g.Body)
	}
	return verifyWith(key, append([]byte(g.ContentPrefix), body...), signature) == nil
}
