-- A cancellation that the operator wants is kept before Alipay is asked for it: since when it is wanted, when to ask (again),
-- NULL when there is nothing to do, and with which resultCode Alipay refused it.
ALTER TABLE payments ADD COLUMN cancelRequestedAt INTEGER;
ALTER TABLE payments ADD COLUMN cancelAt INTEGER;
ALTER TABLE payments ADD COLUMN cancelResultCode TEXT;
CREATE INDEX paymentsToCancel ON payments (cancelAt) WHERE cancelAt IS NOT NULL;

-- When Alipay was last asked for a refund, as opposed to asked what became of it.
ALTER TABLE refunds ADD COLUMN askedAt INTEGER NOT NULL DEFAULT 0;
UPDATE refunds SET askedAt = updatedAt;

-- Why a message was not acted on, NULL for one that no retry brought through.
ALTER TABLE deadLetters ADD COLUMN reason TEXT;

UPDATE schema SET version = 3;
