package problem

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/edgecashier/cashier/host/gateway"
)

// ReadObject reads a body that must be a JSON object. A member that comes twice is refused, since two readers might
// understand it differently; members further inside are left as they are. The error is a [*Refusal].
func ReadObject(body []byte) (map[string]json.RawMessage, error) {
	malformed := New("JSON_MALFORMED", "", "the body must be a JSON object")
	decoder := json.NewDecoder(bytes.NewReader(body))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, malformed
	}
	members := map[string]json.RawMessage{}
	for decoder.More() {
		token, err := decoder.Token()
		name, isName := token.(string)
		if err != nil || !isName {
			return nil, malformed
		}
		if _, twice := members[name]; twice {
			return nil, New("FIELD_REPEATED", Pointer(name), "this member comes twice")
		}
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return nil, malformed
		}
		members[name] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, malformed
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, malformed
	}
	return members, nil
}

// Only refuses members that are not among the names: it returns a [*Refusal] that lists them, or nil.
func Only(members map[string]json.RawMessage, names ...string) error {
	var unknown gateway.Problems
	for name := range members {
		known := false
		for _, each := range names {
			known = known || name == each
		}
		if !known {
			unknown = append(unknown, gateway.Problem{Code: "FIELD_UNKNOWN", Path: Pointer(name), Message: fmt.Sprintf("this member is not known here; there are %s", strings.Join(names, ", "))})
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return Of(unknown)
}

// Pointer is the JSON pointer of a member.
func Pointer(name string) string {
	return "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
