package operator

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// columns of the CSV, in Alipay's words.
var columns = []string{"referenceOrderId", "createdAt", "updatedAt", "paymentStatus", "currency", "value", "refunded", "attention", "undelivered",
	"paymentRequestIds", "paymentIds", "refundRequestIds"}

// csvPage is how many orders are read at a time.
const csvPage = longList

// csv writes all orders that a filter lets through, the newest first, as RFC 4180 says. Amounts are in the smallest unit
// of the currency. A text that a spreadsheet would take for a formula has an apostrophe before it.
func (a *api) csv(w http.ResponseWriter, r *http.Request, _ Identity) {
	filter, err := readFilter(r.URL.Query(), 0, 1_000_000)
	if err != nil {
		a.refuse(w, r, err)
		return
	}
	left := filter.Limit // 0: all
	out := csv.NewWriter(w)
	out.UseCRLF = true
	for first := true; ; first = false {
		filter.Limit = csvPage
		if left > 0 {
			filter.Limit = min(csvPage, left)
		}
		orders, err := a.Ledger.List(r.Context(), filter)
		switch {
		case err != nil && first:
			a.refuse(w, r, err)
			return
		case err != nil:
			a.Log.ErrorContext(r.Context(), "a CSV was cut off", "error", err)
			panic(http.ErrAbortHandler) // the other side must not take it for all
		case first:
			w.Header().Set("Content-Type", "text/csv; charset=UTF-8; header=present")
			w.Header().Set("Content-Disposition", `attachment; filename="orders.csv"`)
			_ = out.Write(columns)
		}
		for i := range orders {
			_ = out.Write(cells(&orders[i]))
		}
		out.Flush()
		if out.Error() != nil || len(orders) < filter.Limit {
			return
		}
		if left > 0 {
			if left -= len(orders); left == 0 {
				return
			}
		}
		last := orders[len(orders)-1]
		filter.After = Cursor{last.CreatedAt, last.ReferenceOrderID}
	}
}

func cells(o *Order) []string {
	list := []string{
		o.ReferenceOrderID, isoTime(o.CreatedAt), isoTime(o.UpdatedAt), o.PaymentStatus, o.PaymentAmount.Currency, o.PaymentAmount.Value, o.Refunded,
		strconv.Itoa(o.Attention), strconv.Itoa(o.Undelivered),
		strings.Join(o.PaymentRequestIDs, " "), strings.Join(o.PaymentIDs, " "), strings.Join(o.RefundRequestIDs, " "),
	}
	for i, cell := range list {
		if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
			list[i] = "'" + cell
		}
	}
	return list
}

func isoTime(milliseconds int64) string {
	return time.UnixMilli(milliseconds).UTC().Format("2006-01-02T15:04:05.000Z")
}
