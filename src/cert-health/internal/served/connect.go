package served

import (
	"bytes"
	"context"

	"cert-health/internal/handshake"
)

// connect makes one connection, and a handshake if the server speaks TLS.
func (v *visit) connect(ctx context.Context, how handshake.Approach, serverName string) outcome {
	ctx, cancel := context.WithTimeout(ctx, v.options.Timeout)
	defer cancel()
	connection, err := v.dial(ctx)
	if err != nil {
		return outcome{protocol: Unknown, err: err}
	}
	w := handshake.Open(ctx, connection)
	defer w.Close()
	return outcomeOf(w.Begin(how, serverName, v.options.Patience), serverName)
}

func outcomeOf(o handshake.Outcome, serverName string) outcome {
	seen := outcome{protocol: o.Protocol, err: o.Err, retry: o.Retry}
	if len(o.Chain) > 0 {
		seen.chains = []Chain{{ServerName: serverName, Certificates: o.Chain, Proven: o.Proven, der: copies(o.DER)}}
	}
	return seen
}

// copies are copies of the first certificates, which keep no more memory.
func copies(chain [][]byte) (list [][]byte) {
	for _, der := range chain[:min(len(chain), maxKeptChain)] {
		if len(der) > maxKeptSize {
			return nil
		}
		list = append(list, bytes.Clone(der))
	}
	return list
}
