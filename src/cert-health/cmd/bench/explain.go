package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// logSize is how many bytes of logs are explained.
const logSize = 1_000_000_000

// explain measures how a gigabyte of mixed logs is read. The floor reads the same bytes and counts their lines.
func (b *bench) explain(ctx context.Context) error {
	name := filepath.Join(b.dir, "mixed.log")
	if err := writeLogs(name); err != nil {
		return err
	}
	defer os.Remove(name)
	return b.compare("explain 1 GB of logs, one line in 50 about a certificate",
		func() *exec.Cmd { return b.self(ctx, "lines:"+name) },
		func() *exec.Cmd {
			command := exec.CommandContext(ctx, b.program, "explain", "--words-only", name)
			command.Env = []string{}
			return command
		})
}

// writeLogs writes lines as lager, the gorouter and syslog-release do.
func writeLogs(name string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 1<<20)
	for n, total := 0, 0; total < logSize; n++ {
		written, err := w.WriteString(logLine(n))
		if err != nil {
			return err
		}
		total += written
	}
	return errors.Join(w.Flush(), file.Close())
}

func logLine(n int) string {
	switch {
	case n%50 == 0:
		return fmt.Sprintf(`{"timestamp":"1562970361.%09d","source":"rep","message":"rep.fetch-failed","log_level":2,"data":{"error":"Get \"https://10.0.1.%d:9023/x\": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2019-07-12T22:26:01Z is after 2019-07-12T22:25:49Z"}}`+"\n", n, n%200)
	case n%3 == 0:
		return fmt.Sprintf(`{"timestamp":"2019-07-12T22:26:01.%09dZ","level":"info","source":"bbs","message":"bbs.request.desired-lrps.complete","data":{"session":"%d.1","guid":"%x-4f3b-8a7e","duration":"%dus"}}`+"\n", n, n, n*7919, n%977)
	case n%3 == 1:
		return fmt.Sprintf(`api.example.com - [2019-07-12T22:26:01.%06d] "GET /v3/apps/%x?page=%d HTTP/1.1" 200 0 %d "-" "cf/8.7" "10.0.%d.%d:41234" "10.0.4.5:9024" x_forwarded_for:"10.0.9.9" vcap_request_id:"%x" response_time:0.0%d app_index:"0"`+"\n", n, n*31, n%10, n%5000, n%9, n%251, n*7907, n%99)
	}
	return fmt.Sprintf(`<14>1 2019-07-12T22:26:01.%06dZ 10.0.1.%d gorouter rs2 - [instance@47450 director="" deployment="cf" group="router" az="z1" id="%x"] starting certificate reload of tls.crt, nothing changed`+"\n", n, n%250, n)
}

// floorLines counts the lines of a file.
func floorLines(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	lines, buffer := 0, make([]byte, 256<<10)
	for {
		n, err := file.Read(buffer)
		lines += bytes.Count(buffer[:n], []byte{'\n'})
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if lines == 0 {
		return errors.New("the floor found no line")
	}
	return nil
}
