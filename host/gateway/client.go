package gateway

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Options is what a [Client] is made of.
type Options struct {
	Core   Core // required
	Config Config

	// Key signs requests. It is needed to pay, not to receive notifications. [ParsePrivateKey] makes one of text. A key in a key
	// service should be a [ContextSigner]; New asks it for a trial signature.
	Key crypto.Signer

	// AlipayKeys are Alipay's public keys; required. [NewKeyRing] makes them of text.
	AlipayKeys Verifier

	// HTTPClient sends requests; the default is an *http.Client with a time limit of 15 seconds. An *http.Client is copied, and
	// the copy follows no redirect: a signed request is for one address.
	HTTPClient Doer

	// Retry says how calls of unknown outcome are repeated; nil sends every request exactly once, and leaves it to the caller
	// to repeat it. [DefaultRetry] suits most servers.
	Retry *Retry

	// Logger gets one line for every exchange with Alipay and for every notification, with ids and result codes and without
	// bodies, keys and signatures; nil is silent.
	Logger *slog.Logger

	// Now is the clock, for tests; the default is time.Now. Requests carry its time in its zone.
	Now func() time.Time

	// PublicPath is for a server behind a proxy that changes the path: the path of paymentNotifyUrl as Alipay requests it,
	// which is part of what is signed: it begins with a slash and is written as on the wire, without a host. The query is taken
	// from the request, unless PublicPath has one itself.
	PublicPath string

	// TimeWindow says how far the time of a notification may be from now; nil is the default: 25 hours back (Alipay repeats
	// notifications for 24 hours and 22 minutes) and 5 minutes ahead.
	TimeWindow *TimeWindow
}

// Client talks to Alipay for one merchant. It is made by [New], does not change, and may be used by any number of goroutines
// at the same time.
type Client struct {
	core       Core
	config     Config
	configJSON json.RawMessage
	// identityJSON is a config with the client id alone, which is all that verifying a message needs.
	identityJSON json.RawMessage
	key          crypto.Signer
	keys         Verifier
	http         Doer
	retry        *Retry
	log          *slog.Logger
	now          func() time.Time
	publicPath   string
	window       *TimeWindow
}

// New checks the options, above all that the config is one the core accepts, that the private key makes the signatures that
// Alipay wants, and that Alipay's public key is not the merchant's own: the two are often mixed up. Problems of the config are
// [Problems] with paths under /config; those of keys have the codes KEY_MALFORMED, KEY_TOO_SHORT and KEY_IS_YOUR_OWN.
func New(options Options) (*Client, error) {
	switch {
	case isNil(options.Core):
		return nil, errors.New("gateway: Core is missing")
	case isNil(options.AlipayKeys):
		return nil, errors.New("gateway: AlipayKeys are missing")
	}
	if err := checkPublicPath(options.PublicPath); err != nil {
		return nil, err
	}
	if isNil(options.HTTPClient) {
		options.HTTPClient = nil
	}
	sender, err := withoutRedirects(options.HTTPClient)
	if err != nil {
		return nil, err
	}
	configJSON, err := encode(options.Config, "/config")
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	if options.TimeWindow != nil {
		window := *options.TimeWindow // a change of the caller's must not reach requests that are running
		options.TimeWindow = &window
	}
	c := &Client{
		core:         options.Core,
		config:       options.Config,
		configJSON:   configJSON,
		identityJSON: append(appendJSON([]byte(`{"clientId":`), options.Config.ClientID), '}'),
		key:          options.Key,
		keys:         options.AlipayKeys,
		http:         sender,
		retry:        options.Retry,
		log:          options.Logger,
		now:          options.Now,
		publicPath:   options.PublicPath,
		window:       options.TimeWindow,
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.now == nil {
		c.now = time.Now
	}
	if err := c.checkConfig(); err != nil {
		return nil, err
	}
	if err := c.checkKeys(); err != nil {
		return nil, err
	}
	return c, nil
}

// checkConfig lets the core read the config together with an order that is not there, and keeps what it says of the config.
func (c *Client) checkConfig() error {
	if c.config.ClientID == "" {
		return Problems{{Code: fieldRequired, Path: "/config/clientId", Message: "the client id of the developer account is missing"}}
	}
	input, err := json.Marshal(map[string]any{"config": c.configJSON})
	if err != nil {
		return err
	}
	_, err = ask[report](context.Background(), c.core, "validate_order", input)
	var problems, ofConfig Problems
	if err == nil || !errors.As(err, &problems) {
		return err
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Path, "/config") {
			ofConfig = append(ofConfig, p)
		}
	}
	if len(ofConfig) > 0 {
		return ofConfig
	}
	return nil
}

func (c *Client) checkKeys() error {
	if c.key == nil {
		return nil
	}
	if err := checkSigner(c.key); err != nil {
		return err
	}
	ring, canTell := c.keys.(interface{ Contains(crypto.PublicKey) bool })
	if public := c.key.Public(); canTell && public != nil && ring.Contains(public) {
		return problem(KeyIsYourOwn, "the public key given as Alipay's belongs to your own private key; copy the one that Alipay's dashboard shows as Alipay's public key")
	}
	return nil
}

// checkPublicPath demands what can stand in a request line. Anything else would never fit a signature.
func checkPublicPath(path string) error {
	wrong := func(r rune) bool { return r <= ' ' || r > '~' || r == '#' }
	switch {
	case path == "":
		return nil
	case path[0] != '/':
		return Problem{pathMalformed, "/publicPath", "PublicPath must be the path of paymentNotifyUrl, which begins with a slash, without scheme and host"}
	case strings.ContainsFunc(path, wrong):
		return Problem{pathMalformed, "/publicPath", "PublicPath must be percent-encoded as on the wire, and has no blank and no fragment"}
	}
	return nil
}
