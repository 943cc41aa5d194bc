package host_test

import (
	"context"
	"fmt"

	"github.com/edgecashier/cashier/host"
)

func Example() {
	core, err := host.Open(context.Background())
	if err != nil {
		panic(err)
	}
	defer core.Close()

	reply, err := core.Call(context.Background(), "parse_amount", []byte(`{"text":"1,234.50","currency":"USD"}`))
	if err != nil {
		panic(err)
	}
	fmt.Println(string(reply))
	// Output: {"value":"123450","errors":[],"warnings":[]}
}
