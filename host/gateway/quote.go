package gateway

import "encoding/json"

// Quote is the exchange rate that Alipay has fixed for a settlement, as text: a price is never a float.
type Quote struct {
	QuoteID           string `json:"quoteId,omitempty"`
	QuoteCurrencyPair string `json:"quoteCurrencyPair,omitempty"` // such as USD/CNY, or in numbers: 392/156
	QuotePrice        string `json:"quotePrice,omitempty"`        // a decimal number
	QuoteStartTime    string `json:"quoteStartTime,omitempty"`    // ISO 8601 with an offset
	QuoteExpiryTime   string `json:"quoteExpiryTime,omitempty"`   // ISO 8601 with an offset
	Guaranteed        string `json:"guaranteed,omitempty"`        // "true" or "false"

	Other map[string]json.RawMessage `json:"other,omitempty"` // members that this package does not know, as they came
}

// UnmarshalJSON takes what is not a text into Other: nothing is decided by a quote, and a form of it that is new must not make a
// signed message unreadable.
func (q *Quote) UnmarshalJSON(text []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	*q = Quote{}
	known := map[string]*string{
		"quoteId": &q.QuoteID, "quoteCurrencyPair": &q.QuoteCurrencyPair, "quotePrice": &q.QuotePrice,
		"quoteStartTime": &q.QuoteStartTime, "quoteExpiryTime": &q.QuoteExpiryTime, "guaranteed": &q.Guaranteed,
	}
	for name, value := range members {
		if to := known[name]; to != nil && json.Unmarshal(value, to) == nil {
			continue
		}
		if name == "other" && json.Unmarshal(value, &q.Other) == nil { // as this type writes it
			continue
		}
		if q.Other == nil {
			q.Other = map[string]json.RawMessage{}
		}
		q.Other[name] = value
	}
	return nil
}
