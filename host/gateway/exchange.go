package gateway

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
)

// maxAnswer caps the body of an answer.
const maxAnswer = 1 << 20

// exchange signs and sends a request and returns the body of the answer once its signature is verified. The signature decides
// whether an answer is believed, whatever its HTTP status: what Alipay has signed is not made doubtful by a status, which is not
// signed. wasm/vectors/clients/answers.json holds the rule for all clients.
func (c *Client) exchange(ctx context.Context, operation string, r *builtRequest) (body []byte, err error) {
	signature, err := c.sign(ctx, r)
	if err != nil {
		return nil, err
	}
	out, err := r.http(ctx, signature)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err // nothing was sent
	}
	answer, err := c.http.Do(out)
	if err != nil {
		return nil, &TransportError{Operation: operation, Err: err}
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, &TransportError{Operation: operation, Err: err}
	case len(body) > maxAnswer:
		body, err = body[:0], problem(BodyTooLarge, "the answer has more than 1 MiB")
	default:
		err = c.verifyAnswer(ctx, r.path, answer.Header, body)
	}
	if err != nil {
		return nil, &UnverifiedError{
			Operation:   operation,
			HTTPStatus:  answer.StatusCode,
			ContentType: printable(answer.Header.Get("Content-Type")),
			Unverified:  readUnverifiedResult(body),
			Err:         err,
		}
	}
	return body, nil
}

// verifyAnswer checks the signature of an answer. path is that of the request, which the answer signs again.
func (c *Client) verifyAnswer(ctx context.Context, path string, header http.Header, body []byte) error {
	_, err := c.verify(ctx, "open_response", "response-time", signedParts(path, header, "Response-Time"), body)
	return err
}

// readUnverifiedResult looks for a result in a body that was not verified. It is shown to people and to logs, so it keeps
// only what a result may look like.
func readUnverifiedResult(body []byte) Result {
	var claimed struct{ Result Result }
	if json.Unmarshal(body, &claimed) != nil {
		return Result{}
	}
	return Result{
		ResultStatus:  printable(claimed.Result.ResultStatus),
		ResultCode:    printable(claimed.Result.ResultCode),
		ResultMessage: printable(claimed.Result.ResultMessage),
	}
}
