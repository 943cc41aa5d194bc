-- When a payment that is open is to be asked about next, and when the message about a result is to be put on the
-- WEBHOOKS queue (again): NULL when there is nothing to do.
ALTER TABLE payments ADD COLUMN inquireAt INTEGER;
ALTER TABLE payments ADD COLUMN announceAt INTEGER;
UPDATE payments SET inquireAt = createdAt WHERE paymentStatus IN ('PROCESSING', 'PENDING');
UPDATE payments SET announceAt = finalAt WHERE finalAt IS NOT NULL AND webhookSentAt IS NULL;
DROP INDEX paymentsOpen;
DROP INDEX paymentsUnannounced;
CREATE INDEX paymentsToInquire ON payments (inquireAt) WHERE inquireAt IS NOT NULL;
CREATE INDEX paymentsToAnnounce ON payments (announceAt) WHERE announceAt IS NOT NULL;
CREATE INDEX paymentsByAge ON payments (createdAt);

-- The refunds, as the operator asked for them: one row for each refundRequestId, there before Alipay is asked.
CREATE TABLE refunds (
  refundRequestId    TEXT    PRIMARY KEY,
  paymentRequestId   TEXT    NOT NULL REFERENCES payments,
  paymentId          TEXT    NOT NULL,
  refundStatus       TEXT    NOT NULL DEFAULT 'PROCESSING' CHECK (refundStatus IN ('PROCESSING', 'SUCCESS', 'FAIL')),
  currency           TEXT    NOT NULL,
  value              TEXT    NOT NULL,
  refundReason       TEXT    NOT NULL,
  refundId           TEXT,
  resultCode         TEXT,
  refundTime         TEXT,
  grossSettlementCurrency TEXT,
  grossSettlementValue    TEXT,
  createdAt          INTEGER NOT NULL,
  updatedAt          INTEGER NOT NULL,
  finalAt            INTEGER,
  inquireAt          INTEGER,
  announceAt         INTEGER,
  webhookQueuedAt    INTEGER,
  webhookSentAt      INTEGER
) STRICT;

CREATE INDEX refundsOfPayment ON refunds (paymentRequestId);
CREATE INDEX refundsToInquire ON refunds (inquireAt) WHERE inquireAt IS NOT NULL;
CREATE INDEX refundsToAnnounce ON refunds (announceAt) WHERE announceAt IS NOT NULL;

-- What no retry could bring through. A person looks at it and puts it on its queue again.
CREATE TABLE deadLetters (
  id                 TEXT    PRIMARY KEY,
  queue              TEXT    NOT NULL CHECK (queue IN ('NOTIFICATIONS', 'WEBHOOKS')),
  body               TEXT    NOT NULL,
  diedAt             INTEGER NOT NULL,
  requeuedAt         INTEGER
) STRICT;

-- One row: the number of the last migration.
CREATE TABLE schema (version INTEGER NOT NULL) STRICT;
INSERT INTO schema (version) VALUES (2);
