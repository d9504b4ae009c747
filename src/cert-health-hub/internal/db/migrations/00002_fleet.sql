-- +goose Up
-- It only adds: a hub of the release before works beside it.
-- The counters of the fleet are apart from those of the catalog, so that a heartbeat never makes a hub render the catalog.

INSERT INTO counters (name, value) VALUES ('fleet', 0), ('fleet_floor', 0), ('fleet_marked', 0); -- as change, floor and marked

CREATE TABLE reports (
    instance TEXT PRIMARY KEY, -- deployment/group/id
    head TEXT NOT NULL, -- JSON of what is known of the report
    report BYTEA NOT NULL, -- gzip of the JSON that the agent sent; empty if removed
    gone BIGINT NOT NULL, -- since when the Director no longer lists the instance
    removed BOOLEAN NOT NULL, -- the row stays for a while, so that other hubs hear of it
    seq BIGINT NOT NULL -- of the counter fleet
);
CREATE INDEX reports_seq ON reports (seq);

CREATE TABLE pulses ( -- one for each report that is not removed
    instance TEXT PRIMARY KEY,
    at BIGINT NOT NULL, -- of the last heartbeat or report
    scanned BIGINT NOT NULL, -- when the agent completed its last scan, by its own clock
    seq BIGINT NOT NULL
);
CREATE INDEX pulses_seq ON pulses (seq);
