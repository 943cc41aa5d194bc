UPDATE payments SET paymentId = COALESCE(paymentId, ?), redirectJSON = COALESCE(redirectJSON, ?), updatedAt = ?
WHERE paymentRequestId = ?
