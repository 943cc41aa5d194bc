package gateway_test

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"testing"

	"github.com/edgecashier/cashier/host/gateway"
)

func TestNewRefuses(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	good := gateway.Options{Core: core, Config: gateway.Config{ClientID: clientID}, Key: merchant, AlipayKeys: ring(t, &alipay.PublicKey)}
	for name, test := range map[string]struct {
		change func(*gateway.Options)
		code   gateway.Code
	}{
		"no core":             {func(o *gateway.Options) { o.Core = nil }, ""},
		"no keys of Alipay":   {func(o *gateway.Options) { o.AlipayKeys = nil }, ""},
		"own key as Alipay's": {func(o *gateway.Options) { o.AlipayKeys = ring(t, &merchant.PublicKey) }, gateway.KeyIsYourOwn},
		"short key":           {func(o *gateway.Options) { o.Key = small }, gateway.KeyTooShort},
		"no client id":        {func(o *gateway.Options) { o.Config.ClientID = "" }, "FIELD_REQUIRED"},
		"unknown domain":      {func(o *gateway.Options) { o.Config.Domain = "openapi.alipay.com" }, "CONFIG_DOMAIN_UNKNOWN"},
		"plain http":          {func(o *gateway.Options) { o.Config.GatewayURL = "http://open-na.alipay.com" }, "CONFIG_GATEWAY_URL"},
		"unknown profile":     {func(o *gateway.Options) { o.Config.WireProfile = "new" }, "CONFIG_WIRE_PROFILE"},
		"settlement in CNY":   {func(o *gateway.Options) { o.Config.SettlementCurrencies = []string{"CNY"} }, "SETTLEMENT_CURRENCY_CNY"},
		"negative version":    {func(o *gateway.Options) { o.Config.KeyVersion = -1 }, "KEY_VERSION_MALFORMED"},
	} {
		t.Run(name, func(t *testing.T) {
			options := good
			test.change(&options)
			c, err := gateway.New(options)
			if c != nil || err == nil || test.code != "" && !errors.Is(err, test.code) {
				t.Errorf("got %v, %v", c, err)
			}
			if errors.Is(err, gateway.Code("ORDER_REQUIRED")) {
				t.Errorf("the order that is not there is reported: %v", err)
			}
		})
	}
	if _, err := gateway.New(good); err != nil {
		t.Error(err)
	}
}

func TestParseConfig(t *testing.T) {
	c, err := gateway.ParseConfig([]byte(`{"clientId":"C","keyVersion":2,"domain":"open-na.alipay.com","merchantKind":"direct","settlementCurrencies":["USD"],"wireProfile":"guide"}` + "\n"))
	if err != nil || c.ClientID != "C" || c.KeyVersion != 2 || c.SettlementCurrencies[0] != "USD" {
		t.Errorf("got %+v, %v", c, err)
	}
	for _, text := range []string{``, `{`, `[]`, `{"clientID2":"C"}`, `{} {}`, `{"clientId":1}`} {
		if _, err := gateway.ParseConfig([]byte(text)); err == nil {
			t.Errorf("%s was accepted", text)
		}
	}
}
