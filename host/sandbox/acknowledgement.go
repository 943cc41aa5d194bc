package sandbox

import (
	"errors"
	"fmt"
	"net/http"
)

// checkAcknowledgement tells why an answer does not acknowledge a notification; nil means that the merchant has it.
func checkAcknowledgement(status int, body []byte) error {
	if status != http.StatusOK {
		return fmt.Errorf("the status is %d, not 200", status)
	}
	members, err := decodeObject(body)
	if err != nil {
		return fmt.Errorf("the acknowledgement is not usable: %w", err)
	}
	f := &fields{root: members}
	if !f.has("result") && f.has("resultStatus") {
		return errors.New(`the acknowledgement lacks "result": its members came bare, as {"resultStatus":…} in place of {"result":{"resultStatus":…}}`)
	}
	for _, want := range [][2]string{{"result.resultStatus", "S"}, {"result.resultCode", "SUCCESS"}} {
		if got := f.text(want[0], 64); f.problem == nil && got != want[1] {
			return fmt.Errorf("%s is %.64q, not %q", want[0], got, want[1])
		}
	}
	if f.problem != nil {
		return fmt.Errorf("the acknowledgement is incomplete: %s", f.problem.ResultMessage)
	}
	return nil
}
