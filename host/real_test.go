package host

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/edgecashier/cashier/wasm/core"
)

// seedOrder is the order of the guide ("Accept payments for AlipayCN", step 1).
const seedOrder = `{"referenceOrderId":"alipayCNOrder12345","orderDescription":"Macbook 12 inch M3 8G 256G SSD^1|Apple iPad Pro 11 inch^1",` +
	`"paymentRequestId":"ams_alipaycn_cashier_pay_sandbox_request_0001","paymentAmount":{"currency":"USD","value":"100"},` +
	`"settlementCurrency":"USD","terminalType":"WEB","goods":[{"goodsName":"Macbook 12 inch M3 8G 256G SSD","goodsQuantity":"1"},` +
	`{"goodsName":"Apple iPad Pro 11 inch","goodsQuantity":"1"}],"businessType":"4","paymentNotifyUrl":"http://af927046.ngrok.io",` +
	`"paymentRedirectUrl":"https://www.taobao.com?param1=sl"}`

const buildInput = `{"config":{"clientId":"SANDBOX_5Y055A2Y2F6K05235","keyVersion":2},"time":"2020-05-18T12:08:56+05:30","order":` + seedOrder + `}`

func openCore(t testing.TB, opts ...Option) *Core {
	t.Helper()
	core, err := Open(context.Background(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { core.Close() })
	return core
}

func TestInputAboveTheLimitOfTheCore(t *testing.T) {
	wasm := openCore(t, PoolSize(1))
	for _, size := range []int{1<<20 + 1, 64 << 20} {
		if _, err := wasm.Call(t.Context(), "validate_order", make([]byte, size)); !errors.Is(err, ErrInputTooLarge) {
			t.Errorf("%d bytes: got %v", size, err)
		}
	}
	if _, err := wasm.Call(t.Context(), "validate_order", []byte(`{}`)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestHammerTheCore(t *testing.T) {
	wasm := openCore(t, PoolSize(2))
	want, err := core.Call("build_pay", []byte(buildInput))
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for range 100 {
				if got, err := wasm.Call(context.Background(), "build_pay", []byte(buildInput)); err != nil || !bytes.Equal(got, want) {
					t.Errorf("got %s, %v", got, err)
					return
				}
			}
		})
	}
	group.Wait()
}

func BenchmarkCall(b *testing.B) {
	for _, bench := range []struct{ operation, input string }{{"content_prefix", `{"path":"/","clientId":"C","time":"1685599933871"}`}, {"build_pay", buildInput}} {
		input := []byte(bench.input)
		b.Run(bench.operation+"/pooled", func(b *testing.B) {
			wasm := openCore(b)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := wasm.Call(context.Background(), bench.operation, input); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(bench.operation+"/parallel", func(b *testing.B) {
			wasm := openCore(b)
			b.ReportAllocs()
			b.SetParallelism(4)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := wasm.Call(context.Background(), bench.operation, input); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
		b.Run(bench.operation+"/native", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := core.Call(bench.operation, input); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	cache := b.TempDir()
	for name, opts := range map[string][]Option{"cold": nil, "cached": {CompilationCache(cache)}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				core, err := Open(context.Background(), opts...)
				if err != nil {
					b.Fatal(err)
				}
				core.Close()
			}
		})
	}
}
