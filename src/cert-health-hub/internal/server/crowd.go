package server

import (
	"net"
	"net/http"
	"sync"
)

// crowd bounds the open connections: each costs some 30 KiB. Where there are too many, the one that has
// waited longest for a request makes room for a new one, so that many who only wait keep no one out.
type crowd struct {
	most int

	mutex sync.Mutex
	// turns are the connections that are open, each with the turn in which it began to wait; 0: it has a
	// request.
	turns map[net.Conn]uint64
	turn  uint64
}

func newCrowd(most int) *crowd { return &crowd{most: most, turns: map[net.Conn]uint64{}} }

// changed is the ConnState of a server.
func (c *crowd) changed(connection net.Conn, state http.ConnState) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	switch state {
	case http.StateActive:
		c.turns[connection] = 0
	case http.StateNew, http.StateIdle:
		c.turn++
		c.turns[connection] = c.turn
	default:
		delete(c.turns, connection)
	}
	if state == http.StateNew && len(c.turns) > c.most {
		longest := c.longest()
		delete(c.turns, longest)
		go func() { _ = longest.Close() }() // with TLS it may wait for the client
	}
}

// longest is the connection that waits longest. The newest waits, too.
func (c *crowd) longest() (found net.Conn) {
	for connection, turn := range c.turns {
		if turn > 0 && (found == nil || turn < c.turns[found]) {
			found = connection
		}
	}
	return found
}
