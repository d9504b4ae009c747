package main

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"cert-health/internal/scenario"
	"cert-health/internal/served"
)

// look measures the cost of the handshakes with the processes of a VM.
func (b *bench) look(ctx context.Context) error { return b.inChild(ctx, "look:") }

const lookedAt = 1000

// runLook also runs the servers in this process: the floor and cert-health have the same cost.
func runLook(ctx context.Context) error {
	own, err := listenAll()
	if err != nil {
		return err
	}
	now := time.Now()
	// The first look finds the protocol of each server; it is not measured.
	prober := served.NewProber(served.Options{Patience: time.Millisecond, Now: func() time.Time { return now }})
	finder := served.NewFinder("/")
	look := func() error {
		var listeners []served.Listener
		found, _ := finder.Find(context.Background())
		for _, l := range found {
			if own[l.Address] {
				listeners = append(listeners, l)
			}
		}
		for _, result := range prober.Probe(ctx, listeners) {
			if result.Err != "" || len(result.Chains) == 0 || len(listeners) != lookedAt {
				return fmt.Errorf("look at %d servers, of which %s shows %d certificates: %s", len(listeners), result.Address, len(result.Chains), result.Err)
			}
		}
		return nil
	}
	if err := look(); err != nil {
		return err
	}
	floor, ours, err := alternate(floorSockets, look)
	if err != nil {
		return err
	}
	fmt.Printf("| look at 1,000 listening ports, none of them due | %.1f ms | %.1f ms | time %.2f |\n", ms(floor), ms(ours), ms(ours)/ms(floor))
	floor, ours, err = alternate(
		func() error { return floorShake(ctx, own) },
		func() error { now = now.Add(served.DefaultInterval); return look() })
	if err != nil {
		return err
	}
	fmt.Printf("| look at 1,000 listening ports, all of them due: 1,000 handshakes, the servers' side included | %.0f ms | %.0f ms | time %.2f |\n",
		ms(floor), ms(ours), ms(ours)/ms(floor))
	return nil
}

// listenAll starts the servers. They end with the process.
func listenAll() (map[netip.AddrPort]bool, error) {
	pair := scenario.Issue(scenario.Spec{CommonName: "server"})
	certificate, err := tls.X509KeyPair([]byte(pair.CertPEM()), []byte(pair.KeyPEM()))
	if err != nil {
		return nil, err
	}
	own := map[netip.AddrPort]bool{}
	for range lookedAt {
		listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
		if err != nil {
			return nil, err
		}
		own[netip.MustParseAddrPort(listener.Addr().String())] = true
		go answer(listener)
	}
	return own, nil
}

func answer(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			_, _ = io.Copy(io.Discard, connection)
			_ = connection.Close()
		}()
	}
}

// floorSockets requests the listening TCP sockets of both address families from the kernel,
// and discards the answers.
func floorSockets() error {
	const sockDiag, byFamily, requestSize, listen = 4, 20, 56, 10 // from linux/sock_diag.h and net/tcp_states.h
	handle, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, sockDiag)
	if err != nil {
		return err
	}
	defer syscall.Close(handle)
	buffer := make([]byte, 32<<10)
	for _, family := range []byte{syscall.AF_INET, syscall.AF_INET6} {
		request := make([]byte, syscall.SizeofNlMsghdr+requestSize)
		binary.NativeEndian.PutUint32(request, uint32(len(request)))
		binary.NativeEndian.PutUint16(request[4:], byFamily)
		binary.NativeEndian.PutUint16(request[6:], syscall.NLM_F_REQUEST|syscall.NLM_F_DUMP)
		request[syscall.SizeofNlMsghdr], request[syscall.SizeofNlMsghdr+1] = family, syscall.IPPROTO_TCP
		binary.NativeEndian.PutUint32(request[syscall.SizeofNlMsghdr+4:], 1<<listen)
		if err := syscall.Sendto(handle, request, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
			return err
		}
		for kind := uint16(0); kind != syscall.NLMSG_DONE; {
			n, _, err := syscall.Recvfrom(handle, buffer, 0)
			if err != nil {
				return err
			}
			messages, err := syscall.ParseNetlinkMessage(buffer[:n])
			if err != nil {
				return err
			}
			if len(messages) == 0 || messages[0].Header.Type == syscall.NLMSG_ERROR {
				return errors.New("the kernel lists no sockets")
			}
			kind = messages[len(messages)-1].Header.Type
		}
	}
	return nil
}

// floorShake makes a handshake with each server, as many at once as cert-health, and closes it.
func floorShake(ctx context.Context, addresses map[netip.AddrPort]bool) error {
	dialer := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, CurvePreferences: []tls.CurveID{tls.X25519}}} // like cert-health
	queue, failures := make(chan netip.AddrPort), make(chan error, len(addresses))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for address := range queue {
				connection, err := dialer.DialContext(ctx, "tcp", address.String())
				if err == nil {
					err = connection.Close()
				}
				failures <- err
			}
		})
	}
	for address := range addresses {
		queue <- address
	}
	close(queue)
	group.Wait()
	close(failures)
	var failed error
	for err := range failures {
		failed = errors.Join(failed, err)
	}
	return failed
}
