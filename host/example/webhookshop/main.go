// Command webhookshop is a whole shop that leaves payments to the Worker, to be read and copied: it names the price and
// signs the order, and it delivers when the Worker says that the order is paid. All that it knows is in an SQLite file.
//
//	webhookshop --listen 127.0.0.1:8802 --data shop.db --keys order-token-issue.json --secret webhook-secret.txt --worker https://pay.example.com
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	_ "modernc.org/sqlite"

	"github.com/edgecashier/cashier/host/ordertoken"
	"github.com/edgecashier/cashier/host/webhook"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8802", "`ADDR` to listen on")
	data := flag.String("data", "shop.db", "the SQLite `FILE` with the orders")
	keys := flag.String("keys", "order-token-issue.json", "the `FILE` that cashier token keygen made for the shop")
	secret := flag.String("secret", "webhook-secret.txt", "the `FILE` with the Worker's WEBHOOK_SECRET")
	worker := flag.String("worker", "http://127.0.0.1:8787", "the `ORIGIN` of the Worker")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *listen, *data, *keys, *secret, *worker); err != nil {
		fmt.Fprintln(os.Stderr, "webhookshop:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, listen, data, keyFile, secretFile, worker string) error {
	keyText, keyErr := os.ReadFile(keyFile)
	secret, secretErr := os.ReadFile(secretFile)
	if err := errors.Join(keyErr, secretErr); err != nil {
		return err
	}
	keys, err := ordertoken.ParseKeys(keyText)
	if err != nil {
		return err
	}
	messages, err := webhook.NewReceiver(strings.TrimSpace(string(secret)))
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+data+"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	shop, err := openShop(ctx, db)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	origin := "http://" + listener.Addr().String()
	shop.origin, shop.issuer = origin, ordertoken.Issuer{Keys: keys, Name: origin, Audience: worker}
	fmt.Println("ready", origin)

	mux := http.NewServeMux()
	mux.HandleFunc("POST /order", shop.takeOrder)
	mux.Handle("POST /webhook", messages.Handler(shop.receive))
	mux.HandleFunc("GET /books", shop.showBooks)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	select {
	case err := <-stopped:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return server.Shutdown(patience)
}
