package db

import (
	"context"

	"github.com/jackc/pgx/v5"
)

const (
	// leadership is the number of the lock that the leader holds: "cert-hub" in ASCII.
	leadership = 0x636572742d687562
	// stillness is how long the server hears nothing of a leader before it takes the lead from it, in
	// milliseconds. A process that stands still keeps its connections: its kernel answers for it. A leader
	// that the network cuts off steps down earlier, after two heartbeats.
	stillness = "15000"
)

// lead takes the lock on a connection of its own, and the number of a new term.
func (p *postgres) lead(ctx context.Context, d *DB) (context.Context, func(), bool) {
	conn, err := p.connect(ctx)
	if err != nil {
		return nil, nil, false
	}
	number, ok := p.begin(ctx, conn)
	if !ok {
		closing(ctx, conn)
		return nil, nil, false
	}
	term, stop := context.WithCancel(context.WithValue(ctx, termKey{}, number))
	holding, release := context.WithCancel(context.WithoutCancel(ctx))
	released := make(chan struct{})
	go func() {
		defer close(released)
		defer closing(holding, conn)
		defer stop()
		for err := error(nil); err == nil; {
			_, err = wait(holding, conn)
		}
		if holding.Err() == nil {
			d.log.Warn("this hub no longer leads: its connection to the database was lost")
		}
	}()
	return term, func() { release(); <-released }, true
}

// begin returns the number of the term. The number is only changed by who holds the lock.
func (p *postgres) begin(ctx context.Context, conn *pgx.Conn) (number int64, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, heartbeat)
	defer cancel()
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", int64(leadership)).Scan(&ok); err != nil || !ok {
		return 0, false
	}
	// PostgreSQL has this setting since release 14.
	if _, err := conn.Exec(ctx, "SELECT set_config(name, $1, false) FROM pg_settings WHERE name = 'idle_session_timeout'", stillness); err != nil {
		return 0, false
	}
	err := conn.QueryRow(ctx, `INSERT INTO counters (name, value) VALUES ('term', 1)
		ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value`).Scan(&number)
	return number, err == nil
}
