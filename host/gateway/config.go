package gateway

import (
	"fmt"
	"strconv"
	"time"
)

// Config is what the contract with Alipay and the merchant's developer account fix for every payment. [New] checks it.
type Config struct {
	ClientID             string   `json:"clientId,omitempty"`            // of the developer account; those of the sandbox begin with SANDBOX_
	KeyVersion           int      `json:"keyVersion,omitempty"`          // of the merchant's own key, as uploaded to Alipay; 0 means 1
	Domain               string   `json:"domain,omitempty"`              // of the gateway, such as open-na.alipay.com, which is the default
	GatewayURL           string   `json:"gatewayUrl,omitempty"`          // instead of a domain: an origin; plain http only on this machine
	MerchantKind         string   `json:"merchantKind,omitempty"`        // direct (default) or acquirer
	SettlementCurrencies []string `json:"settlementCurrencies,omitzero"` // those in the contract; nil: every one that Alipay allows
	WireProfile          string   `json:"wireProfile,omitempty"`         // guide (default) or current
	RedirectHosts        []string `json:"redirectHosts,omitempty"`       // besides *.alipay.com and *.alipayplus.com; *.example.com is all below it
	RequestTime          string   `json:"requestTime,omitempty"`         // iso8601 or epoch-ms; by default that of the wire profile
	OriginalHost         *bool    `json:"originalHost,omitempty"`        // send the header original_host; by default as the wire profile has it
	AgentToken           string   `json:"agentToken,omitempty"`          // only for those who integrate on behalf of merchants

	ExtendInfoLimit int   `json:"extendInfoLimit,omitempty"` // the most characters of order.extendInfo; 0 means 2048
	SandboxPath     *bool `json:"sandboxPath,omitempty"`     // call the sandbox's path; by default when the client id begins with SANDBOX_

	// AmountLimits are limits by currency, in place of those that the core knows; an AmountLimit without members limits nothing.
	// nil limits CNY as Alipay publishes it.
	AmountLimits map[string]AmountLimit `json:"amountLimits,omitzero"`
}

// AmountLimit limits one payment, in the smallest unit of the currency. "" means no limit.
type AmountLimit struct {
	Minimum string `json:"minimum,omitempty"`
	Maximum string `json:"maximum,omitempty"`
}

// ParseConfig reads a config from JSON. A member that does not exist or occurs twice is refused: it is likely a typo, which
// would otherwise silently leave a default in place. The key version may be a number or a text, as the core reads it. The error
// is [Problems] with pointers under /config. [New] checks the values.
func ParseConfig(text []byte) (Config, error) {
	var c Config
	if err := parseStrictly(text, &c, "/config"); err != nil {
		return Config{}, fmt.Errorf("config: %w", err)
	}
	return c, nil
}

func (c Config) keyVersion() int { return max(c.KeyVersion, 1) }

// requestTime writes the Request-Time header: ISO 8601 with an offset in the guide, milliseconds since 1970 today. The core
// checks that it has the form that the config asks for.
func (c Config) requestTime(now time.Time) string {
	if c.RequestTime == "epoch-ms" || c.RequestTime == "" && c.WireProfile == "current" {
		return strconv.FormatInt(now.UnixMilli(), 10)
	}
	return now.Format("2006-01-02T15:04:05-07:00")
}
