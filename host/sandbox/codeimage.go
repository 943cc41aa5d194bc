package sandbox

import (
	"image/png"
	"net/http"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// codeSizes are the pixels of the images of orderCodeForm.
var codeSizes = map[string]int{"small": 240, "middle": 480, "big": 960}

func codePath(paymentID, size string) string {
	return "/alipaycn/code/" + size + "-" + paymentID + ".png"
}

// codeImage serves the QR code of a payment for merchants who show it themselves.
func (s *Server) codeImage(w http.ResponseWriter, r *http.Request) {
	size, id, _ := strings.Cut(strings.TrimSuffix(r.PathValue("file"), ".png"), "-")
	payment, found := s.ledger.get(id)
	pixels, known := codeSizes[size]
	if !found || !known {
		http.NotFound(w, r)
		return
	}
	code, err := qr.Encode(s.origin(r)+cashierPath("h5", payment.PaymentID), qr.M, qr.Auto)
	if err == nil {
		code, err = barcode.Scale(code, pixels, pixels)
	}
	if err != nil {
		http.Error(w, "The QR code could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "no-store")
	png.Encode(w, code)
}
