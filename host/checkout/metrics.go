package checkout

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are counted for Prometheus; nil counts nothing.
type metrics struct {
	calls         *prometheus.HistogramVec
	deliveries    *prometheus.HistogramVec
	decisions     prometheus.Histogram
	notifications *prometheus.CounterVec
	refused       prometheus.Counter
	due           prometheus.Counter
}

func newMetrics(to prometheus.Registerer, s *Service) (*metrics, error) {
	if to == nil {
		return nil, nil
	}
	buckets := []float64{.005, .025, .1, .25, .5, 1, 2.5, 5, 10, 20}
	m := &metrics{
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "cashier_alipay_call_seconds",
			Help: "Calls to Alipay, by operation and by outcome: answered, or the code of why not.", Buckets: buckets}, []string{"operation", "outcome"}),
		deliveries: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "cashier_delivery_seconds",
			Help: "Deliveries of messages to the merchant, by outcome: delivered or undelivered.", Buckets: buckets}, []string{"outcome"}),
		decisions: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "cashier_advance_seconds",
			Help: "Decisions of core.wasm about records.", Buckets: []float64{.00025, .0005, .001, .0025, .005, .01, .05, .25}}),
		notifications: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "cashier_notifications_total",
			Help: "Notifications of Alipay that were verified, stored and acknowledged, by type."}, []string{"type"}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{Name: "cashier_notifications_refused_total", Help: "Notifications that did not verify."}),
		due:     prometheus.NewCounter(prometheus.CounterOpts{Name: "cashier_due_orders_total", Help: "Orders that were worked on because their time had come."}),
	}
	for _, collector := range []prometheus.Collector{m.calls, m.deliveries, m.decisions, m.notifications, m.refused, m.due, &countsCollector{s}} {
		if err := to.Register(collector); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) called(operation string, err error, took time.Duration) {
	if m == nil {
		return
	}
	outcome := "answered"
	if err != nil {
		outcome = codeOf(err)
	}
	m.calls.WithLabelValues(operation, outcome).Observe(took.Seconds())
}

func (m *metrics) delivered(taken bool, took time.Duration) {
	if m == nil {
		return
	}
	outcome := "undelivered"
	if taken {
		outcome = "delivered"
	}
	m.deliveries.WithLabelValues(outcome).Observe(took.Seconds())
}

func (m *metrics) decided(took time.Duration) {
	if m != nil {
		m.decisions.Observe(took.Seconds())
	}
}

func (m *metrics) notified(kind string) {
	if m == nil {
		return
	}
	switch kind { // whatever else Alipay may think of has no label of its own
	case "PAYMENT_RESULT", "PAYMENT_PENDING", "REFUND_RESULT":
	default:
		kind = "other"
	}
	m.notifications.WithLabelValues(kind).Inc()
}

func (m *metrics) refusedNotification() {
	if m != nil {
		m.refused.Inc()
	}
}

func (m *metrics) worked() {
	if m != nil {
		m.due.Inc()
	}
}

// countsCollector reads what is due and what needs a person when Prometheus asks.
type countsCollector struct{ s *Service }

var (
	dueDesc       = prometheus.NewDesc("cashier_due_orders", "Orders with something to do by now.", nil, nil)
	lateDesc      = prometheus.NewDesc("cashier_due_age_seconds", "For how long the oldest of them has been due.", nil, nil)
	attentionDesc = prometheus.NewDesc("cashier_attention_orders", "Orders that need a person, by why.", []string{"reason"}, nil)
)

// Describe implements prometheus.Collector.
func (c *countsCollector) Describe(to chan<- *prometheus.Desc) {
	to <- dueDesc
	to <- lateDesc
	to <- attentionDesc
}

// Collect implements prometheus.Collector.
func (c *countsCollector) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), storePatience)
	defer cancel()
	now := c.s.now()
	counts, err := c.s.store.Status(ctx, now)
	if err != nil {
		to <- prometheus.NewInvalidMetric(dueDesc, err)
		return
	}
	late := 0.0
	if counts.OldestDueAt != 0 {
		late = max(0, now.Sub(time.UnixMilli(counts.OldestDueAt)).Seconds())
	}
	to <- prometheus.MustNewConstMetric(dueDesc, prometheus.GaugeValue, float64(counts.Due))
	to <- prometheus.MustNewConstMetric(lateDesc, prometheus.GaugeValue, late)
	for reason, n := range map[string]int64{"attention": counts.Attention, "undelivered": counts.Undelivered, "stuck": counts.Stuck, "stray": counts.Strays} {
		to <- prometheus.MustNewConstMetric(attentionDesc, prometheus.GaugeValue, float64(n), reason)
	}
}
