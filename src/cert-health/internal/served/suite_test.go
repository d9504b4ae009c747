package served_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/served"
)

func TestServed(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Served")
}

// roleVariable makes this program another one: a process that has to be found, or one that searches.
const roleVariable = "CERT_HEALTH_SERVED_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "listen":
		listen()
	case "swallow":
		swallow()
	case "show":
		show(os.Args[1:], tls.LoadX509KeyPair)
	case "steal":
		show(os.Args[1:], steal)
	case "find":
		find()
	default:
		os.Exit(m.Run())
	}
}

// listen prints its address, and ends with its standard input.
func listen() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// swallow prints its address and when a client has sent data, and does not answer.
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

// show serves the present certificate of its files to the clients that the mode accepts.
func show(arguments []string, load func(certFile, keyFile string) (tls.Certificate, error)) {
	address, certFile, keyFile, mode := arguments[0], arguments[1], arguments[2], arguments[3]
	certificate, err := load(certFile, keyFile)
	auth, _ := strconv.Atoi(mode)
	var listener net.Listener
	if err == nil {
		listener, err = tls.Listen("tcp", address, &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.ClientAuthType(auth)})
	}
	for err == nil {
		var connection net.Conn
		if connection, err = listener.Accept(); err == nil {
			go func() {
				_, _ = io.Copy(io.Discard, connection)
				_ = connection.Close()
			}()
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// steal loads a certificate with the key of another.
func steal(certFile, keyFile string) (tls.Certificate, error) {
	contents, err := os.ReadFile(certFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	public, _ := pem.Decode(contents)
	private, _ := pem.Decode(key)
	parsed, err := x509.ParsePKCS8PrivateKey(private.Bytes)
	return tls.Certificate{Certificate: [][]byte{public.Bytes}, PrivateKey: parsed}, err
}

// find prints all listeners of this machine that its user can see.
func find() {
	listeners, problems := served.NewFinder("/").Find(context.Background())
	_ = json.NewEncoder(os.Stdout).Encode(listeners)
	_ = json.NewEncoder(os.Stderr).Encode(problems)
}
