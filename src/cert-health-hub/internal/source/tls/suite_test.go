package tls_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/tls"
)

func TestTLS(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "TLS hosts")
}

// memory is what earlier collections have seen.
type memory map[string]inventory.Item

func (m memory) Item(path string) (inventory.Item, bool) {
	item, known := m[path]
	return item, known
}

func (m memory) Certificate(inventory.ID) (inventory.Certificate, bool) {
	return inventory.Certificate{}, false
}

// keep remembers the items of a collection.
func (m memory) keep(c *inventory.Collection) {
	for _, item := range c.Items {
		m[item.Path] = item
	}
}

// names resolves names as a map says.
func names(known map[string][]string) func(context.Context, string) ([]netip.Addr, error) {
	return func(_ context.Context, name string) (found []netip.Addr, err error) {
		for _, a := range known[name] {
			found = append(found, netip.MustParseAddr(a))
		}
		if found == nil {
			err = errors.New("no such name")
		}
		return found, err
	}
}

// options give servers enough time, however busy this machine is.
func options(hosts ...tls.Host) tls.Options {
	return tls.Options{Hosts: hosts, HostTimeout: time.Minute}
}

func collect(ctx context.Context, o tls.Options, known memory) *inventory.Collection {
	GinkgoHelper()
	s := must(tls.New("hosts", o))
	return must(s.Collect(ctx, known))
}

// only is the only item of a collection of hosts that this spec sees for the first time.
func only(ctx context.Context, o tls.Options) inventory.Item {
	GinkgoHelper()
	c := collect(ctx, o, memory{})
	Expect(c.Items).To(HaveLen(1))
	return c.Items[0]
}

func codes(item inventory.Item) (codes []inventory.Code) {
	for _, f := range item.Findings {
		codes = append(codes, f.Code)
	}
	return codes
}

func must[T any](value T, err error) T {
	GinkgoHelper()
	Expect(err).NotTo(HaveOccurred())
	return value
}
