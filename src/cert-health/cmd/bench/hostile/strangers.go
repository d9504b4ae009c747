package hostile

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// strangers are the attacks from the other side of a connection.
func strangers() []row {
	return []row{
		{"an endless answer of Vault", endlessVault(`{"data":{"keys":["`, "0123456789abcdef")},
		{"an endless list of Vault", endlessVault(`{"data":{"keys":["a"`, `,"0123456789abc"`)},
		{"an endless answer of the mail port", mailPort("", "", endless)},
		{"an endless reply of many lines of the mail port", mailPort("220-a\r\n", "220-0123456789\r\n", endless)},
		{"a greeting of 1.6 MB of the mail port", mailPort("", "", 1_600_000/len(chunk("")))},
		{"100 listeners that accept and stall", stallingPorts(100)},
	}
}

// endless is a number of chunks that no agent should read.
const endless = 1 << 30

// chunk repeats a text up to about 64 KiB.
func chunk(text string) []byte {
	if text == "" {
		text = "0123456789abcdef"
	}
	return bytes.Repeat([]byte(text), (64<<10)/len(text))
}

// pause between two chunks limits the attack to some 60 MB a second, so that the time of the
// agent's trial does not depend on the attacker's CPU.
const pause = time.Millisecond

// endlessVault is a Vault that begins each answer in this way and never ends it.
func endlessVault(begin, more string) func(context.Context, *vm) (string, error) {
	return func(ctx context.Context, _ *vm) (string, error) {
		listener, err := listen(ctx)
		if err != nil {
			return "", err
		}
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, err := w.Write([]byte(begin))
			for data := chunk(more); err == nil && ctx.Err() == nil; time.Sleep(pause) {
				_, err = w.Write(data)
			}
		})}
		go func() { _ = server.Serve(listener) }()
		return fmt.Sprintf("vault: {address: 'http://%s', paths: [secret/bench], auth: {token: t}}\n", listener.Addr()), nil
	}
}

// mailPort is a mail port that greets with so many chunks, and says nothing after them.
func mailPort(begin, text string, chunks int) func(context.Context, *vm) (string, error) {
	return func(ctx context.Context, _ *vm) (string, error) {
		listener, err := listen(ctx)
		if err != nil {
			return "", err
		}
		go accept(listener, func(c net.Conn) {
			_, err := c.Write([]byte(begin))
			data := chunk(text)
			for n := 0; n < chunks && err == nil && ctx.Err() == nil; n++ {
				_, err = c.Write(data)
				time.Sleep(pause)
			}
			if !strings.Contains(text, "\n") && chunks != endless {
				_, _ = c.Write([]byte("\r\n"))
			}
		})
		return fmt.Sprintf("alerts: {address: '%s', quiet_after_start: 0s}\n", listener.Addr()), nil
	}
}

// listen listens on a free port of this machine until the context ends.
func listen(ctx context.Context) (net.Listener, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		context.AfterFunc(ctx, func() { _ = listener.Close() })
	}
	return listener, err
}

// accept gives each connection to a function, and closes it after that.
func accept(listener net.Listener, each func(net.Conn)) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer connection.Close()
			each(connection)
		}()
	}
}
