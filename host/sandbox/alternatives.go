package sandbox

import "net/http"

func outcomePath(device, paymentID string) string {
	return "/alipaycn/" + device + "/outcome/" + paymentID
}
func leftPath(device, paymentID string) string { return "/alipaycn/" + device + "/left/" + paymentID }

// chooseOutcome is a button for what can happen instead of a payment.
func (s *Server) chooseOutcome(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("paymentId")
	payment, found := s.ledger.get(id)
	if !found {
		s.render(w, r, http.StatusNotFound, "unknown", &view{})
		return
	}
	next := resultPath(device(r), id)
	switch formValue(w, r, "outcome") {
	case "decline":
		if s.declinePayment(id) {
			s.noteStep(id, "DECLINED", false)
		}
	case "late":
		if s.payLate(id) {
			s.noteStep(id, "PAID_LATE", true)
		}
	case "too-late":
		// The money of a payment that was closed goes back at once; for the merchant nothing changes.
		if s.closeExpired(id); payment.expired(s.options.Clock.Now()) {
			s.noteStep(id, "TOO_LATE", false)
			next += "?given-back=1"
		}
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// leftPage is for a shopper who goes back without paying. The payment stays open.
func (s *Server) leftPage(w http.ResponseWriter, r *http.Request) {
	if payment, ok := s.payable(w, r, r.PathValue("paymentId")); ok {
		s.noteStep(payment.PaymentID, "LEFT", false)
		v := s.paymentView(&payment)
		v.Returning = true
		s.render(w, r, http.StatusOK, "left", v)
	}
}
