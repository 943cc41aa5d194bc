// Package ordertoken signs an order on the merchant's server and recognises it at the edge.
//
// A shopper's browser carries the order from the shop to the checkout, so the checkout must not believe it: a price typed or
// altered there would reach Alipay. The merchant's server therefore issues a token with [Issuer], the browser posts it, and the
// checkout pays exactly the order that [Verifier] takes out of it.
//
// A token is a compact JWS (RFC 7515) of the type "order+jwt" with the claims iss, aud, exp, iat, jti (RFC 7519) and order. It
// is signed, not secret: the shopper can read it. It says who ordered what, not that it may be paid only once; that is the
// checkout's business, by the order's referenceOrderId.
//
// The algorithm is a matter of the key, never of the token: EdDSA (Ed25519; the checkout then cannot issue tokens) or HS256.
package ordertoken
