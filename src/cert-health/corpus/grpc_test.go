package corpus_test

import (
	"bytes"
	"context"
	"log"
	"net"
	"sync"

	. "github.com/onsi/gomega"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/grpclog"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// goGRPC is gRPC in Go. Its journal is one for the whole program: contacts follow each other.
func goGRPC() program {
	j := &journal{}
	return program{name: "Go gRPC", blind: unrevoked(), serve: j.serve, call: j.call}
}

// journal gets what gRPC logs.
type journal struct {
	sync.Mutex
	current *transcript
}

// Write writes into the transcript of the contact that is made now what a server says: the client's words are in
// the errors of its calls.
func (j *journal) Write(p []byte) (int, error) {
	j.Lock()
	defer j.Unlock()
	if j.current == nil || !bytes.Contains(p, []byte("[Server #")) {
		return len(p), nil
	}
	return j.current.Write(p)
}

func (j *journal) listen(t *transcript) {
	j.Lock()
	defer j.Unlock()
	j.current = t
}

func (j *journal) serve(all []*contact) (stop func()) {
	grpclog.SetLoggerV2(grpclog.NewLoggerV2(j, j, j))
	var servers []*grpc.Server
	for _, c := range all {
		config, err := goConfig(c, server)
		if err != nil {
			log.New(c.said[server], "", log.LstdFlags).Printf("cannot start: %v", err)
			c.absent = true
			continue
		}
		listener, err := net.Listen("tcp", c.address())
		Expect(err).NotTo(HaveOccurred())
		s := grpc.NewServer(grpc.Creds(credentials.NewTLS(config)))
		servers = append(servers, s)
		go func() { _ = s.Serve(listener) }()
	}
	return func() {
		for _, s := range servers {
			s.Stop()
		}
		j.listen(nil)
	}
}

func (j *journal) call(all []*contact) {
	for _, c := range all {
		logger := log.New(c.said[client], "", log.LstdFlags)
		config, err := goConfig(c, client)
		if err != nil {
			logger.Printf("cannot start: %v", err)
			continue
		}
		config.ServerName = serverName
		j.listen(c.said[server])
		connection, err := grpc.NewClient("passthrough:///"+c.address(), grpc.WithTransportCredentials(credentials.NewTLS(config)))
		Expect(err).NotTo(HaveOccurred())
		ctx, cancel := context.WithTimeout(context.Background(), soon)
		err = connection.Invoke(ctx, "/ledger.Ledger/Entries", &emptypb.Empty{}, &emptypb.Empty{})
		if status.Code(err) != codes.Unimplemented {
			logger.Printf("cannot fetch the entries: %v", err)
		}
		cancel()
		_ = connection.Close()
		if !c.is(nothing) {
			Eventually(c.said[server].String, soon).Should(ContainSubstring("failed to create ServerTransport"), c.String)
		}
	}
}
