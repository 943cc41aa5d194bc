INSERT INTO payments (paymentRequestId, referenceOrderId, attempt, currency, value, settlementCurrency,
	orderJSON, resultPage, createdAt, updatedAt, inquireAt)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
