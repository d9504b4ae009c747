package db

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// heartbeat is how often a connection that only waits is asked whether it still is one.
const heartbeat = 5 * time.Second

// channel is where hubs tell each other of changes of a topic.
func (t topic) channel() string {
	if t == catalog {
		return "cert_health_changes"
	}
	return "cert_health_" + string(t)
}

func (p *postgres) announce(ctx context.Context, tx *sql.Tx, about topic, sequence int64) error {
	_, err := tx.ExecContext(ctx, "SELECT pg_notify($1, $2)", about.channel(), fmt.Sprint(sequence))
	return err
}

func (p *postgres) announced(topic, int64) {} // PostgreSQL tells this hub as well

// connect opens a connection outside the pool, which holds a lock or listens.
func (p *postgres) connect(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, p.config.ConnectTimeout)
	defer cancel()
	return pgx.ConnectConfig(ctx, p.config.Copy())
}

// wait waits for a notification on a connection, and asks now and then whether it still is one. The
// number is 0 if there was none.
func wait(ctx context.Context, conn *pgx.Conn) (number int64, err error) {
	patient, cancel := context.WithTimeout(ctx, heartbeat)
	defer cancel()
	notification, err := conn.WaitForNotification(patient)
	if err == nil {
		_, err = fmt.Sscan(notification.Payload, &number)
		return number, err
	}
	if ctx.Err() != nil || patient.Err() == nil {
		return 0, err
	}
	asked, cancelAsked := context.WithTimeout(ctx, heartbeat)
	defer cancelAsked()
	return 0, conn.Ping(asked)
}

// closing closes a connection, also when the context has ended: that gives its lock away.
func closing(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), heartbeat)
	defer cancel()
	_ = conn.Close(ctx)
}

func (p *postgres) follow(ctx context.Context, d *DB, about topic, into chan int64) {
	go func() {
		defer close(into)
		for pause := time.Duration(0); ctx.Err() == nil; pause = min(2*pause+100*time.Millisecond, heartbeat) {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return
			}
			if p.listen(ctx, d, about, into) {
				pause = 0
			}
		}
	}()
}

// listen offers the numbers of changes until the connection is lost. It begins with the newest, which
// may have come while there was no connection.
func (p *postgres) listen(ctx context.Context, d *DB, about topic, into chan int64) (connected bool) {
	conn, err := p.connect(ctx)
	if err != nil {
		return false
	}
	defer closing(ctx, conn)
	if _, err := conn.Exec(ctx, "LISTEN "+about.channel()); err != nil {
		return false
	}
	number, err := d.sequence(ctx, about)
	for ; err == nil; number, err = wait(ctx, conn) {
		if number > 0 {
			offer(into, number)
		}
	}
	return true
}
