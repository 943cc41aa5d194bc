package core

import (
	"strings"

	"github.com/valyala/fastjson"
)

// config is what the merchant's contract and developer account fix for every
// payment.
type config struct {
	clientID      string
	keyVersion    int
	origin        string // scheme and host of the gateway
	acquirer      bool
	settlement    []string // nil: every allowed currency counts as contracted
	redirectHosts []string // with a full stop in front: every subdomain
	current       bool     // the wire profile of today's documentation
	epochTime     bool     // request-time in milliseconds since 1970
	originalHost  bool     // send original_host
	agentToken    string
	limits        []amountLimit
	extendInfo    int    // the longest order.extendInfo, in characters
	sandbox       bool   // calls go to the sandbox's path
	service       string // scheme and host of the merchant's own service, for advance
}

// defaultDomain is the one that the guide uses in all its samples.
const defaultDomain = "open-na.alipay.com"

// domains are the gateway's hosts: the first two in the guide ("Before you
// begin"), the others on the API fundamentals page.
var domains = [...]string{
	defaultDomain, "open-sea.alipay.com", "open-eu.alipay.com", "open-de.alipay.com",
	"open-na-global.alipay.com", "open-sea-global.alipay.com", "open-de-global.alipay.com",
	"open.antglobal-us.com", // merchants of the entity in the United States
}

const maxKeyVersion = 1 << 30

// readConfig reads the member "config" of an operation's input. An absent config
// is that of a direct merchant for whom every settlement currency counts as
// contracted.
func readConfig(head object) *config {
	c := &config{keyVersion: 1, origin: "https://" + defaultDomain, originalHost: true, limits: amountLimits[:], extendInfo: maxExtendInfo}
	o, present := head.child("config")
	if !present {
		return c
	}
	o.unknown("clientId", "keyVersion", "domain", "gatewayUrl", "merchantKind",
		"settlementCurrencies", "redirectHosts", "wireProfile", "requestTime", "originalHost",
		"agentToken", "amountLimits", "extendInfoLimit", "sandboxPath", "origin")
	c.clientID = headerValue(o, "clientId", 64)
	// The client ids of the sandbox say so themselves. Today's signature page shows one
	// with the path of production, so a config can say otherwise.
	c.sandbox = strings.HasPrefix(c.clientID, "SANDBOX_")
	o.boolean("sandboxPath", &c.sandbox)
	c.readKeyVersion(o)
	c.readOrigin(o)
	c.readMerchantKind(o)
	c.readWireProfile(o)
	c.readAmountLimits(o)
	c.readExtendInfoLimit(o)
	c.readSettlementCurrencies(o)
	c.readRedirectHosts(o)
	c.readService(o)
	return c
}

// requireClientID is for the operations that cannot do without it.
func (c *config) requireClientID(p *problems) {
	if c.clientID == "" && p.ok() {
		p.fail(FieldRequired, "/config/clientId")
	}
}

// headerValue reads a text that becomes a header of every request: visible ASCII,
// since what else a header may hold, senders and receivers do not agree on.
func headerValue(o object, name string, limit int) string {
	s, ok := o.str(name, optional, limit)
	for i := 0; ok && i < len(s); i++ {
		if s[i] <= ' ' || s[i] > '~' {
			o.p.fail(HeaderMalformed, o.at(name))
			ok = false
		}
	}
	if !ok {
		return ""
	}
	return s
}

func (c *config) contracted(letters string) bool {
	if c.settlement == nil {
		return true
	}
	for _, s := range c.settlement {
		if s == letters {
			return true
		}
	}
	return false
}

func (c *config) readKeyVersion(o object) {
	if version, ok := keyVersion(o, "keyVersion"); ok {
		c.keyVersion = version
	}
}

// keyVersion reads a key version, a positive integer as a number or a string.
func keyVersion(o object, name string) (version int, ok bool) {
	text, ok := o.lenient(name)
	if !ok {
		return 0, false
	}
	n, ok := atoi(text)
	if !ok || n < 1 || n > maxKeyVersion {
		o.p.fail(KeyVersionMalformed, o.at(name))
		return 0, false
	}
	return int(n), true
}

func (c *config) readOrigin(o object) {
	domain, hasDomain := o.text("domain")
	gateway, hasGateway := o.text("gatewayUrl")
	switch {
	case hasDomain && hasGateway:
		o.p.fail(ConfigGatewayTwice, o.at("gatewayUrl"))
	case hasGateway:
		u, ok := parseURL(gateway)
		if !ok || u.rest != "" && u.rest != "/" || u.userinfo || u.scheme == "http" && !loopback(u.hostname()) {
			o.p.fail(ConfigGatewayURL, o.at("gatewayUrl"))
			return
		}
		c.origin = u.scheme + "://" + u.host
	case hasDomain:
		for _, known := range domains {
			if domain == known {
				c.origin = "https://" + domain
				return
			}
		}
		o.p.fail(ConfigDomainUnknown, o.at("domain"), domain, list(domains[:]))
	}
}

// readService reads the member "origin": where Alipay's notifications and the shoppers come to.
func (c *config) readService(o object) {
	origin, present := o.text("origin")
	if !present {
		return
	}
	u, ok := parseURL(origin)
	if !ok || u.rest != "" || u.userinfo || u.scheme == "http" && !loopback(u.hostname()) {
		o.p.fail(ConfigOrigin, o.at("origin"))
		return
	}
	c.service = origin
}

func (c *config) readMerchantKind(o object) {
	switch kind, present := o.text("merchantKind"); {
	case !present || kind == "direct":
	case kind == "acquirer":
		c.acquirer = true
	default:
		o.p.fail(ConfigMerchantKind, o.at("merchantKind"))
	}
}

// readWireProfile reads how messages are written: as in the guide, with env inside
// order, request-time in ISO 8601 and the header original_host, or as in today's
// documentation. The last two can also be chosen one by one. agentToken is for
// those who act for other merchants.
func (c *config) readWireProfile(o object) {
	switch profile, present := o.text("wireProfile"); {
	case !present || profile == "guide":
	case profile == "current":
		c.current, c.epochTime, c.originalHost = true, true, false
	default:
		o.p.fail(ConfigWireProfile, o.at("wireProfile"))
	}
	switch form, present := o.text("requestTime"); {
	case !present:
	case form == "iso8601" || form == "epoch-ms":
		c.epochTime = form == "epoch-ms"
	default:
		o.p.fail(ConfigRequestTime, o.at("requestTime"))
	}
	o.boolean("originalHost", &c.originalHost)
	c.agentToken = headerValue(o, "agentToken", 128)
}

func (c *config) readSettlementCurrencies(o object) {
	items, present := o.array("settlementCurrencies")
	if !present {
		return
	}
	c.settlement = []string{}
	for i, item := range items {
		path := o.at("settlementCurrencies") + "/" + itoa(i)
		if item.Type() != fastjson.TypeString {
			o.p.fail(FieldNotAString, path)
			continue
		}
		letters := string(item.GetStringBytes())
		if _, known := findCurrency(letters); !known {
			reportCurrency(letters, path, o.p, SettlementCurrencyNotSupported)
		} else if letters == cny {
			o.p.fail(SettlementCurrencyCNY, path)
		} else {
			c.settlement = append(c.settlement, letters)
		}
	}
	if len(items) == 0 {
		o.p.fail(FieldEmpty, o.at("settlementCurrencies"))
	}
}

// hasParent tells whether a host is neither a top-level domain nor an IP address: *.com
// would allow half the world.
func hasParent(hostname string) bool {
	dot := strings.LastIndexByte(hostname, '.')
	return dot > 0 && !digitsOnly(hostname[dot+1:]) && hostname[0] != '['
}

// readRedirectHosts reads the hosts to which shoppers may be sent besides Alipay's own:
// "cashier.example.com", or "*.example.com" for all of its subdomains.
func (c *config) readRedirectHosts(o object) {
	items, present := o.array("redirectHosts")
	if !present {
		return
	}
	for i, item := range items {
		path := o.at("redirectHosts") + "/" + itoa(i)
		if item.Type() != fastjson.TypeString {
			o.p.fail(FieldNotAString, path)
			continue
		}
		host := string(item.GetStringBytes())
		name, everySubdomain := strings.CutPrefix(host, "*.")
		u, ok := parseURL("https://" + name)
		if !ok || u.host != name || everySubdomain && !hasParent(u.hostname()) {
			o.p.fail(ConfigRedirectHost, path)
			continue
		}
		// Addresses are compared without the port that https has anyway.
		host = strings.TrimSuffix(lower(name), ":443")
		if everySubdomain {
			host = "." + host
		}
		c.redirectHosts = append(c.redirectHosts, host)
	}
}
