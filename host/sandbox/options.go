package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"
)

// Options say how a sandbox behaves. The zero value is a working sandbox with one merchant and fresh keys.
type Options struct {
	// PublicOrigin is where browsers reach the sandbox, for example http://127.0.0.1:8801. It may be set later with
	// SetPublicOrigin; while it is empty the Host of each request is used.
	PublicOrigin string

	// Merchants are the accounts of the sandbox. Without any, NewMerchant makes one with the client id of the guide.
	Merchants []Merchant

	// PrivateKey signs answers and notifications, KeyVersion names it. A key of 2048 bits with version 1 by default.
	PrivateKey *rsa.PrivateKey
	KeyVersion int

	// NextPrivateKey is what the sandbox goes over to when the fault key-rotated asks for it; fresh by default.
	NextPrivateKey *rsa.PrivateKey

	// Faults are what goes wrong with every payment, such as "notify-tampered@10%"; see FaultNames. An order asks for more
	// with words in its description, such as "#sandbox:answer-500".
	Faults []string
	// Seed makes a run repeatable: ids and what goes wrong follow from it. 0 draws one.
	Seed uint64

	// MaximumMemory bounds what the sandbox remembers, in bytes: finished payments are forgotten, the oldest first.
	// DefaultMemory by default.
	MaximumMemory int

	// Store keeps payments from one sandbox to the next; without one they are gone when the sandbox is.
	Store Store

	// Expiry is how long a payment can be paid; 14 minutes by default.
	Expiry time.Duration

	// RedirectMethod is the method of redirectActionForm, GET by default. An order can ask for POST with the words
	// "#sandbox:redirect=POST" in its description.
	RedirectMethod string

	// AnswerForm is "" for answers to pay that follow the request, or AnswerForm2025 for the members of an answer that
	// Alipay's own sandbox gave in May 2025. An order asks for it with the words "#sandbox:answer=2025" in its
	// description.
	AnswerForm string

	// NotifySigns says what of a notify URL its notifications sign: SignsTarget, the default, or SignsPath.
	NotifySigns string

	// Rates turn CNY into settlement currencies; see Rates. What is missing comes from DefaultRates.
	Rates Rates

	// NotifyIntervals are the waits before each attempt to deliver a notification; AlipayIntervals by default.
	NotifyIntervals []time.Duration
	// SpeedUp divides every interval: with 60 two minutes take two seconds.
	SpeedUp int
	// RetryInterval, if set, replaces every interval but the first, after SpeedUp.
	RetryInterval time.Duration
	// NotifyTimeout bounds one attempt; 10 seconds by default.
	NotifyTimeout time.Duration
	// AllowRemote lets notifications leave this machine. Otherwise a notify URL that is not on the loopback interface is
	// refused, with the reason in the payment's record.
	AllowRemote bool
	// Client sends notifications. Its redirect policy is replaced: redirects are never followed.
	Client *http.Client

	// Clock tells the time; NewClock() by default.
	Clock Clock
	// Logger receives what happened, never bodies, keys or passwords; silent by default.
	Logger *slog.Logger
}

// Merchant is one account of the sandbox.
type Merchant struct {
	ClientID string
	// Name is shown to the shopper as the payee; the client id by default.
	Name string
	// PublicKeys verify the merchant's requests, by key version.
	PublicKeys map[int]*rsa.PublicKey
	// PrivateKey, if set, is a throw-away key that the front page hands out to loopback visitors, so that a first request
	// can be signed from any language. It belongs to the newest key version.
	PrivateKey *rsa.PrivateKey
	// SettlementCurrencies are those of the contract; every allowed one by default.
	SettlementCurrencies []string
	// Acquirer may leave out order.extendInfo.chinaExtraTransInfo, which direct merchants must send.
	Acquirer bool
	// PrivateKeyFile is where the merchant keeps the private key of the newest version on this machine. The sandbox
	// does not read it; the examples of the front page do, where they are not handed PrivateKey.
	PrivateKeyFile string
	// NotifyURL is told the result of payments that carry no paymentNotifyUrl of their own. Without it they have no
	// notifications.
	NotifyURL string
}

// AnswerForm2025 is the form of the answer to pay that Alipay's sandbox gave in May 2025: normalUrl, orderCodeForm,
// paymentActionForm and redirectActionForm, which has no parameters.
const AnswerForm2025 = "2025"

// What of a notify URL its notifications sign. The documentation speaks of path and parameters; merchants in the field
// verify with the path alone. It makes a difference only for URLs with a query.
const (
	SignsTarget = "target" // path and query, as on the wire
	SignsPath   = "path"   // the path alone
)

// GuideClientID is the client id of Alipay's own guide, which a sandbox without merchants uses.
const GuideClientID = "SANDBOX_5Y055A2Y2F6K05235"

var clientIDPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

const minimumKeyBits = 2048

// DefaultMemory holds some eight thousand finished payments with everything that was on the wire: each takes about 8 KiB.
const DefaultMemory = 64 << 20

// AlipayIntervals are the waits before each of the eight attempts that Alipay documents.
func AlipayIntervals() []time.Duration {
	return []time.Duration{0, 2 * time.Minute, 10 * time.Minute, 10 * time.Minute,
		time.Hour, 2 * time.Hour, 6 * time.Hour, 15 * time.Hour}
}

// NewMerchant makes a merchant with a fresh key pair of key version 2, the version of the guide's request.
func NewMerchant(clientID string) (Merchant, error) {
	key, err := rsa.GenerateKey(rand.Reader, minimumKeyBits)
	if err != nil {
		return Merchant{}, err
	}
	return Merchant{
		ClientID:   clientID,
		Name:       "Test Shop",
		PublicKeys: map[int]*rsa.PublicKey{2: &key.PublicKey},
		PrivateKey: key,
	}, nil
}

// newestKeyVersion is the version that a request without keyVersion is checked with.
func (m *Merchant) newestKeyVersion() int {
	return slices.Max(slices.Collect(maps.Keys(m.PublicKeys)))
}

func (m *Merchant) displayName() string {
	if m.Name != "" {
		return m.Name
	}
	return m.ClientID
}

func (m *Merchant) settlesIn(currency string) bool {
	return len(m.SettlementCurrencies) == 0 || slices.Contains(m.SettlementCurrencies, currency)
}

func (m *Merchant) check() error {
	if !clientIDPattern.MatchString(m.ClientID) {
		return fmt.Errorf("sandbox: %q is no client id; letters, digits, _ and -", m.ClientID)
	}
	if len(m.PublicKeys) == 0 {
		return fmt.Errorf("sandbox: merchant %s has no public key", m.ClientID)
	}
	for version, key := range m.PublicKeys {
		if version < 1 {
			return fmt.Errorf("sandbox: merchant %s: key version %d is not positive", m.ClientID, version)
		}
		if key == nil || key.N.BitLen() < minimumKeyBits {
			return fmt.Errorf("sandbox: merchant %s: key version %d has fewer than %d bits", m.ClientID, version, minimumKeyBits)
		}
	}
	if m.PrivateKey != nil && !m.PrivateKey.PublicKey.Equal(m.PublicKeys[m.newestKeyVersion()]) {
		return fmt.Errorf("sandbox: merchant %s: the private key does not belong to the newest public key", m.ClientID)
	}
	for _, currency := range m.SettlementCurrencies {
		if !isSettlementCurrency(currency) {
			return fmt.Errorf("sandbox: merchant %s: %s is no settlement currency", m.ClientID, currency)
		}
	}
	if m.NotifyURL != "" && !isWebURL(m.NotifyURL) {
		return fmt.Errorf("sandbox: merchant %s: the notify URL is not an http or https URL", m.ClientID)
	}
	return nil
}

// complete fills in the defaults and refuses what cannot work.
func (o Options) complete() (Options, error) {
	if len(o.Merchants) == 0 {
		merchant, err := NewMerchant(GuideClientID)
		if err != nil {
			return o, err
		}
		o.Merchants = []Merchant{merchant}
	}
	seen := map[string]bool{}
	for i := range o.Merchants {
		m := &o.Merchants[i]
		if err := m.check(); err != nil {
			return o, err
		}
		if seen[m.ClientID] {
			return o, fmt.Errorf("sandbox: two merchants have the client id %s", m.ClientID)
		}
		seen[m.ClientID] = true
	}
	if o.PrivateKey == nil {
		key, err := rsa.GenerateKey(rand.Reader, minimumKeyBits)
		if err != nil {
			return o, err
		}
		o.PrivateKey = key
	}
	if o.PrivateKey.N.BitLen() < minimumKeyBits {
		return o, fmt.Errorf("sandbox: the private key has fewer than %d bits", minimumKeyBits)
	}
	if o.KeyVersion == 0 {
		o.KeyVersion = 1
	}
	if o.MaximumMemory == 0 {
		o.MaximumMemory = DefaultMemory
	}
	for o.Seed == 0 {
		o.Seed = uint64(mathrand.Uint32())
	}
	if o.Expiry == 0 {
		o.Expiry = 14 * time.Minute
	}
	if o.NotifyTimeout == 0 {
		o.NotifyTimeout = 10 * time.Second
	}
	if o.RedirectMethod == "" {
		o.RedirectMethod = http.MethodGet
	}
	if o.RedirectMethod != http.MethodGet && o.RedirectMethod != http.MethodPost {
		return o, fmt.Errorf("sandbox: the redirect method is GET or POST, not %q", o.RedirectMethod)
	}
	if o.AnswerForm != "" && o.AnswerForm != AnswerForm2025 {
		return o, fmt.Errorf("sandbox: the answer form is empty or %s, not %q", AnswerForm2025, o.AnswerForm)
	}
	if o.NotifySigns == "" {
		o.NotifySigns = SignsTarget
	}
	if o.NotifySigns != SignsTarget && o.NotifySigns != SignsPath {
		return o, fmt.Errorf("sandbox: notifications sign the target or the path, not %q", o.NotifySigns)
	}
	if o.MaximumMemory < 1<<20 {
		return o, errors.New("sandbox: the memory is at least 1 MiB")
	}
	if o.KeyVersion < 0 || o.Expiry < 0 || o.NotifyTimeout < 0 || o.SpeedUp < 0 || o.RetryInterval < 0 {
		return o, errors.New("sandbox: key version, durations and speed-up must not be negative")
	}
	rates, err := o.Rates.complete()
	if err != nil {
		return o, err
	}
	o.Rates = rates
	o.NotifyIntervals = o.intervals()
	if o.Clock == nil {
		o.Clock = NewClock()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, nil
}

// intervals are NotifyIntervals as they will be waited for.
func (o Options) intervals() []time.Duration {
	intervals := slices.Clone(o.NotifyIntervals)
	if len(intervals) == 0 {
		intervals = AlipayIntervals()
	}
	for i := range intervals {
		if o.SpeedUp > 1 {
			intervals[i] /= time.Duration(o.SpeedUp)
		}
		if o.RetryInterval > 0 && i > 0 {
			intervals[i] = o.RetryInterval
		}
	}
	return intervals
}

// checkOrigin accepts scheme and host and nothing more.
func checkOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || !isWebURL(origin) || origin != u.Scheme+"://"+u.Host {
		return fmt.Errorf("sandbox: %q is not an origin such as http://127.0.0.1:8801", origin)
	}
	return nil
}
