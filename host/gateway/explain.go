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

// KeyVersionOther is a cause that only the keys can tell: a message verifies with a key of another version than the one it names.
// Others are [KeyIsYourOwn], [KeyVersionUnknown], [SignatureMismatch] (nothing verifies: another key, or another message), and the
// codes of the core, such as PATH_QUERY_MISSING, BODY_EMPTY or BODY_REENCODED.
const KeyVersionOther Code = "KEY_VERSION_OTHER"

// SignedMessage is a notification or an answer as it was received, to be explained.
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
	Verified  bool    `json:"verified"`            // nothing is wrong
	PathAlone bool    `json:"pathAlone,omitempty"` // the signature covers the path without its query, which is accepted of notifications
	Cause     Code    `json:"cause,omitempty"`     // the first of Causes
	Message   string  `json:"message"`             // the causes and what to do, for a person
	Causes    []Cause `json:"causes"`              // the most telling first; two mistakes can come together
	Checks    []Check `json:"checks"`
	Tried     int     `json:"tried"` // combinations of guesses and keys
}

// Cause is one reason why a message does not verify.
type Cause struct {
	Code    Code   `json:"code"`
	Message string `json:"message"` // what it means and what to do, for a person
}

// Check is something that needs no key to look at.
type Check struct {
	Check   Code   `json:"check"`
	Passed  bool   `json:"passed"`
	Message string `json:"message,omitempty"`
}

// guesses is the reply of the core: what may have been signed, and in which order to try it.
type guesses struct {
	report
	Checks                []Check
	Signature, KeyVersion string
	Prefixes              []struct {
		Cause         Code
		Message       string
		Accepted      bool
		ContentPrefix string
	}
	Bodies []struct {
		Cause         Code
		Message, Body string
	}
	Guesses []struct {
		Prefix int
		Body   *int // nil: the raw body
	}
}

// Explain finds the likeliest cause of a signature that does not verify, by trying what the core guesses went wrong with every key
// at hand: at most 136 guesses. It takes a few milliseconds, so it is for people and not for every message.
func Explain(ctx context.Context, m SignedMessage, o ExplainOptions) (*Explanation, error) {
	return explain(ctx, m, o, !m.Now.IsZero())
}

// explain is Explain; timed tells whether the time of the message is looked at.
func explain(ctx context.Context, m SignedMessage, o ExplainOptions, timed bool) (*Explanation, error) {
	if o.Core == nil || o.Keys == nil {
		return nil, errors.New("gateway: Explain needs Core and Keys")
	}
	kind, timeHeader := "notification", "request-time"
	if m.Response {
		kind, timeHeader = "response", "response-time"
	}
	parts := signedParts(m.Path, m.Header, timeHeader)
	if timed {
		parts.at(m.Now, m.Window)
	}
	identity := []byte("{}") // an empty client id would be a mistake of the config, not of the message
	if o.ClientID != "" {
		identity = append(appendJSON([]byte(`{"clientId":`), o.ClientID), '}')
	}
	others, err := json.Marshal(append([]string{}, m.OtherPaths...))
	if err != nil {
		return nil, err
	}
	input := appendJSON(append(parts.head(nil, identity, timeHeader), `,"message":`...), kind)
	input = append(append(append(input, `,"paths":`...), others...), "}\n"...)
	reply, err := ask[guesses](ctx, o.Core, "explain", append(input, m.Body...))
	if err != nil {
		return nil, err
	}
	e := &explaining{Explanation: Explanation{Checks: reply.Checks, Causes: []Cause{}}, reply: reply, raw: m.Body, keys: o.Keys, own: o.OwnKey}
	e.explain()
	return &e.Explanation, nil
}

// ExplainNotification is [Explain] for a request that [Client.VerifyNotification] has refused, with the client's own keys, clock,
// time window and other options. body is what the request's body was; nil reads it from the request, where a body that was read
// before is empty.
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
	return explain(r.Context(), SignedMessage{
		Path: c.requestTarget(r), Header: r.Header, Body: body, OtherPaths: otherPaths, Now: c.now(), Window: c.window,
	}, options, true)
}

// explaining is an explanation under way.
type explaining struct {
	Explanation
	reply     guesses
	raw       []byte
	signature []byte
	keys      *KeyRing
	own       crypto.PublicKey
}

// explain goes from what is certain to what is likely. js/server/explain.mjs does the same; "messages" in
// wasm/vectors/explain.json holds the two together.
func (e *explaining) explain() {
	found := e.find()
	for _, check := range e.Checks {
		if !check.Passed {
			e.blame(check.Check, check.Message)
		}
	}
	if !found {
		e.blameKeys()
	}
	if e.Verified = len(e.Causes) == 0; e.Verified {
		e.Message = "The signature is good."
		if e.PathAlone {
			e.Message = "The signature is good. It covers the path without the query."
		}
		return
	}
	e.Cause, e.Message = e.Causes[0].Code, e.Causes[0].Message
	for _, cause := range e.Causes[1:] {
		e.Message += " " + cause.Message
	}
}

// find tries the guesses, and blames what is wrong with the first that verifies.
func (e *explaining) find() bool {
	if len(e.reply.Guesses) == 0 {
		return false
	}
	var err error
	if e.signature, err = base64.StdEncoding.DecodeString(e.reply.Signature); err != nil {
		return false
	}
	named := e.reply.KeyVersion
	if named == "" {
		named = e.keys.newest
	}
	versions := e.keys.versions()
	slices.SortStableFunc(versions, func(a, b string) int { // the named one first
		switch named {
		case a:
			return -1
		case b:
			return 1
		}
		return 0
	})
	for i := range e.reply.Guesses {
		for _, version := range versions {
			key := e.keys.keys[version]
			if key == nil || !e.verifies(key.PublicKey, i) {
				continue
			}
			if e.own != nil && key.Equal(e.own) {
				e.blameOwnKey()
			}
			e.blameGuess(i)
			if version != named {
				e.blame(KeyVersionOther, "The signature names version "+printable(strconv.Quote(e.reply.KeyVersion))+" of Alipay's key, but fits the key that you hold as version "+version+". Give every key the version that Alipay's dashboard shows.")
			}
			return true
		}
		if own, isRSA := e.own.(*rsa.PublicKey); i == 0 && isRSA && e.verifies(own, i) {
			e.blameOwnKey()
			return true
		}
	}
	return false
}

func (e *explaining) verifies(key *rsa.PublicKey, i int) bool {
	e.Tried++
	body := e.raw
	if place := e.reply.Guesses[i].Body; place != nil {
		body = []byte(e.reply.Bodies[*place].Body)
	}
	prefix := e.reply.Prefixes[e.reply.Guesses[i].Prefix].ContentPrefix
	return verifyWith(key, append([]byte(prefix), body...), e.signature) == nil
}

// blameGuess names what a guess that verifies has changed.
func (e *explaining) blameGuess(i int) {
	switch prefix := e.reply.Prefixes[e.reply.Guesses[i].Prefix]; {
	case prefix.Accepted:
		e.PathAlone = true
	case prefix.Cause != "":
		e.blame(prefix.Cause, prefix.Message)
	}
	if place := e.reply.Guesses[i].Body; place != nil {
		e.blame(e.reply.Bodies[*place].Cause, e.reply.Bodies[*place].Message)
	}
}

func (e *explaining) blameOwnKey() {
	e.blame(KeyIsYourOwn, "It is signed with your own private key, not with Alipay's.")
}

// blameKeys names what may be wrong with the keys when nothing verifies.
func (e *explaining) blameKeys() {
	if e.own != nil && e.keys.Contains(e.own) {
		own := Cause{KeyIsYourOwn, "The public key given as Alipay's belongs to your own private key. Copy the one that Alipay's dashboard shows as Alipay's public key."}
		e.Causes = slices.Insert(e.Causes, 0, own)
	}
	if named := e.reply.KeyVersion; named != "" && e.keys.keys[named] == nil {
		e.blame(KeyVersionUnknown, "The signature names version "+printable(named)+" of Alipay's key, which is not among yours. Copy the key of that version from Alipay's dashboard.")
	}
	if len(e.Causes) == 0 {
		e.blame(SignatureMismatch, "No guess verifies with any key at hand. Compare Alipay's public key with the dashboard (sandbox and production have different ones), name other paths that the message may have been sent to, and make sure that the body is that which arrived, byte for byte.")
	}
}

// blame adds a cause that is not there yet.
func (e *explaining) blame(code Code, message string) {
	if !slices.ContainsFunc(e.Causes, func(c Cause) bool { return c.Code == code }) {
		e.Causes = append(e.Causes, Cause{code, message})
	}
}
