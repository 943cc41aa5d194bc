package ordertoken

import "github.com/edgecashier/cashier/host/gateway"

// The codes of the errors of this package, each of which is a gateway.Problem:
//
//	errors.Is(err, ordertoken.Expired)
const (
	KeysMalformed gateway.Code = "TOKEN_KEYS"          // the key set cannot be used
	TooLarge      gateway.Code = "TOKEN_TOO_LARGE"     // more than 32 KiB
	Malformed     gateway.Code = "TOKEN_MALFORMED"     // no compact JWS, or a claim is missing or of a wrong kind
	Algorithm     gateway.Code = "TOKEN_ALGORITHM"     // not the algorithm of the key; "none" above all
	Type          gateway.Code = "TOKEN_TYPE"          // typ is not order+jwt
	KeyUnknown    gateway.Code = "TOKEN_KEY_UNKNOWN"   // no kid, or one that is not in the key set
	Signature     gateway.Code = "TOKEN_SIGNATURE"     // altered, or signed by somebody else
	Expired       gateway.Code = "TOKEN_EXPIRED"       // exp has passed
	NotYetValid   gateway.Code = "TOKEN_NOT_YET_VALID" // iat or nbf is in the future
	Lifetime      gateway.Code = "TOKEN_LIFETIME"      // valid for longer than the checkout allows
	Audience      gateway.Code = "TOKEN_AUDIENCE"      // meant for another checkout
	IssuerUnknown gateway.Code = "TOKEN_ISSUER"        // issued by another shop
	OrderInvalid  gateway.Code = "TOKEN_ORDER"         // the claim order is no order
)

func problem(code gateway.Code, message string) error {
	return gateway.Problem{Code: code, Message: message}
}
