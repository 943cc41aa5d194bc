package ordertoken_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/ordertoken"
)

func Example() {
	forShop, forCheckout, err := ordertoken.GenerateKeys(ordertoken.EdDSA, "2026-03")
	if err != nil {
		panic(err)
	}

	// In the shop.
	keys, err := ordertoken.ParseKeys(forShop)
	if err != nil {
		panic(err)
	}
	issuer := ordertoken.Issuer{Keys: keys, Name: "shop", Audience: "https://pay.example.com", Lifetime: 30 * time.Minute}
	text, err := issuer.Issue(gateway.Order{
		ReferenceOrderID: "alipayCNOrder12345",
		PaymentAmount:    gateway.Amount{Currency: "USD", Value: "100"},
	}, time.Now())
	if err != nil {
		panic(err)
	}

	// At the checkout.
	keys, err = ordertoken.ParseKeys(forCheckout)
	if err != nil {
		panic(err)
	}
	verifier := ordertoken.Verifier{Keys: keys, Audience: "https://pay.example.com", Issuer: "shop"}
	token, err := verifier.Verify(text, time.Now())
	if err != nil {
		panic(err)
	}
	fmt.Println(token.Order.ReferenceOrderID, token.Order.PaymentAmount)

	_, err = verifier.Verify(text, time.Now().Add(time.Hour))
	fmt.Println(errors.Is(err, ordertoken.Expired), err)
	// Output:
	// alipayCNOrder12345 100 USD
	// true the token has expired; order again (TOKEN_EXPIRED)
}
