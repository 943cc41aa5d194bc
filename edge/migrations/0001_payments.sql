-- The ledger: one row for each attempt to pay an order. A row exists before Alipay is asked, and its
-- paymentStatus only ever moves forward. Columns carry Alipay's names for Alipay's facts; times of our own are
-- milliseconds since the epoch and end in "At".
CREATE TABLE payments (
  paymentRequestId   TEXT    PRIMARY KEY,
  referenceOrderId   TEXT    NOT NULL,
  attempt            INTEGER NOT NULL CHECK (attempt > 0),
  paymentStatus      TEXT    NOT NULL DEFAULT 'PROCESSING'
                     CHECK (paymentStatus IN ('PROCESSING', 'PENDING', 'SUCCESS', 'FAIL', 'CANCELLED')),
  -- What the shopper pays, in minor units: a string of digits, as on the wire.
  currency           TEXT    NOT NULL,
  value              TEXT    NOT NULL,
  settlementCurrency TEXT    NOT NULL,
  -- The order exactly as it is sent, so that a repeated request carries the same bytes.
  orderJSON          TEXT    NOT NULL,
  -- The merchant's own page for the result, "" for none.
  resultPage         TEXT    NOT NULL,
  -- What Alipay said: the payment's id and where to send the shopper, then the result.
  paymentId          TEXT,
  redirectJSON       TEXT,
  resultCode         TEXT,
  paymentTime        TEXT,
  grossSettlementCurrency TEXT,
  grossSettlementValue    TEXT,
  createdAt          INTEGER NOT NULL,
  updatedAt          INTEGER NOT NULL,
  finalAt            INTEGER,
  -- When the message about the result was given to the WEBHOOKS queue, and when the merchant took it.
  webhookQueuedAt    INTEGER,
  webhookSentAt      INTEGER,
  UNIQUE (referenceOrderId, attempt)
) STRICT;

-- For the reconciliation: payments that stay open, and results that nobody was told.
CREATE INDEX paymentsOpen ON payments (updatedAt) WHERE paymentStatus IN ('PROCESSING', 'PENDING');
CREATE INDEX paymentsUnannounced ON payments (finalAt) WHERE webhookQueuedAt IS NULL;
