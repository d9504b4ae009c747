package served_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/served"
)

func TestServed(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Served")
}

// roleVariable makes this program another one: a process that is looked for, or one that looks.
const roleVariable = "CERT_HEALTH_SERVED_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "listen":
		listen()
	case "swallow":
		swallow()
	case "find":
		find()
	default:
		os.Exit(m.Run())
	}
}

// listen says where it listens, and ends with its standard input.
func listen() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// swallow says where it listens and when a client has spoken to it, and does not answer.
func swallow() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr())
	connection, err := listener.Accept()
	if err == nil {
		_, err = connection.Read(make([]byte, 1))
	}
	fmt.Println("heard", err)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// find prints all listeners of this machine, as the user that it was started as sees them.
func find() {
	listeners, problems := served.NewFinder("/").Find()
	_ = json.NewEncoder(os.Stdout).Encode(listeners)
	_ = json.NewEncoder(os.Stderr).Encode(problems)
}
