//go:build !js

package main

import "testing"

// TestFirstAttempt has the ids of attempt.test.mjs: the Worker's own JavaScript names the first attempt.
func TestFirstAttempt(t *testing.T) {
	w, _, _ := testWorker(t)
	for order, want := range map[string]string{
		"order-1": "ZIXg9sNb_x9-vupYbl_hBiRF8uA09k4EIU5k7MB4trU",
		"订单 1":    "8vJYfa0BI2mOqKK3KCUKCHkpT5BOCP8hAfru1WN4V44",
	} {
		if got := paymentRequestID(w.settings, order, 1); got != want {
			t.Errorf("%s is %s, want %s", order, got, want)
		}
	}
}
