package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/url"
	"strconv"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/ordertoken"
	"github.com/edgecashier/cashier/host/sandbox"
)

// secrets are made at every start, for everybody who takes part.
type secrets struct {
	clientID      string
	keyVersion    int
	merchantKey   string // PKCS#8, PEM
	alipayKeys    map[string]string
	webhookSecret string
	operatorToken string

	issueKeys, verifyKeys []byte // key sets for order tokens
}

func newSecrets(merchant sandbox.Merchant, alipay *sandbox.Server) (*secrets, error) {
	private, err := x509.MarshalPKCS8PrivateKey(merchant.PrivateKey)
	if err != nil {
		return nil, err
	}
	public, err := publicKey(alipay.PublicKey())
	if err != nil {
		return nil, err
	}
	issue, verify, err := ordertoken.GenerateKeys(ordertoken.EdDSA, "demo")
	if err != nil {
		return nil, err
	}
	webhook := make([]byte, 32)
	rand.Read(webhook)
	s := &secrets{
		clientID:      merchant.ClientID,
		merchantKey:   string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
		alipayKeys:    map[string]string{strconv.Itoa(alipay.KeyVersion()): public},
		webhookSecret: "whsec_" + base64.StdEncoding.EncodeToString(webhook),
		operatorToken: rand.Text(),
		issueKeys:     issue,
		verifyKeys:    verify,
	}
	for version := range merchant.PublicKeys {
		s.keyVersion = max(s.keyVersion, version)
	}
	return s, nil
}

func publicKey(key *rsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	return base64.StdEncoding.EncodeToString(der), err
}

// variables are the Worker's, vars and secrets alike.
func (s *secrets) variables(at addresses) map[string]string {
	sandboxURL, err := url.Parse(at.Sandbox)
	if err != nil {
		panic(err) // made from a listener's address
	}
	return map[string]string{
		"CONFIG": text(gateway.Config{
			ClientID:      s.clientID,
			KeyVersion:    s.keyVersion,
			GatewayURL:    at.Sandbox,
			RedirectHosts: []string{sandboxURL.Host},
		}),
		"ORIGIN":             at.Checkout,
		"ALIPAY_PUBLIC_KEYS": text(s.alipayKeys),
		"ORDER_URL":          at.Shop + "/orders",
		"WEBHOOK_URL":        at.Shop + "/webhooks",
		"PRIVATE_KEY":        s.merchantKey,
		"ORDER_TOKEN_KEYS":   string(s.verifyKeys),
		"WEBHOOK_SECRET":     s.webhookSecret,
		"OPERATOR_TOKEN":     s.operatorToken,
	}
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return string(b)
}
