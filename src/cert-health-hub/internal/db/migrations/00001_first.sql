-- +goose Up
-- The same text runs on SQLite and PostgreSQL. Times are microseconds since 1970 in UTC; 0 is none.
-- seq says when a row changed last, in the order of the changes: see counters.
-- A row that is gone stays for a while, so that other hubs hear of it.

CREATE TABLE counters (
    name TEXT PRIMARY KEY, -- change and event: the last; floor: what was gone before is forgotten; marked: the next floor; pruned: when
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('change', 0), ('floor', 0), ('marked', 0), ('event', 0), ('pruned', 0);

CREATE TABLE sources (
    name TEXT PRIMARY KEY,
    health TEXT NOT NULL, -- JSON
    gone BOOLEAN NOT NULL,
    seq BIGINT NOT NULL
);
CREATE INDEX sources_seq ON sources (seq);

CREATE TABLE items (
    source TEXT NOT NULL,
    path TEXT NOT NULL,
    item TEXT NOT NULL, -- JSON
    gone BOOLEAN NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (source, path)
);
CREATE INDEX items_seq ON items (seq);

CREATE TABLE certificates (
    id TEXT PRIMARY KEY,
    record TEXT NOT NULL, -- JSON
    unsighted BIGINT NOT NULL, -- since when no item shows it
    seq BIGINT NOT NULL
);
CREATE INDEX certificates_seq ON certificates (seq);

CREATE TABLE acknowledgements (
    certificate TEXT PRIMARY KEY,
    ack TEXT NOT NULL, -- JSON
    gone BOOLEAN NOT NULL,
    seq BIGINT NOT NULL
);
CREATE INDEX acknowledgements_seq ON acknowledgements (seq);

CREATE TABLE events (
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL
);

CREATE TABLE users (
    name TEXT PRIMARY KEY,
    hash BYTEA NOT NULL, -- bcrypt
    role TEXT NOT NULL,
    created BIGINT NOT NULL,
    disabled BOOLEAN NOT NULL
);

CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    hash BYTEA NOT NULL UNIQUE, -- SHA-256
    role TEXT NOT NULL,
    owner TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    last_used BIGINT NOT NULL
);

CREATE TABLE sessions (
    hash BYTEA PRIMARY KEY, -- SHA-256 of the cookie's value
    data BYTEA NOT NULL,
    expiry BIGINT NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expiry);

CREATE TABLE devices (
    hash BYTEA PRIMARY KEY, -- SHA-256 of the device's secret
    code TEXT NOT NULL UNIQUE, -- what a person confirms
    client TEXT NOT NULL,
    person TEXT NOT NULL, -- who confirmed it; empty before
    role TEXT NOT NULL,
    expires BIGINT NOT NULL
);

CREATE TABLE calendars (
    hash BYTEA PRIMARY KEY, -- SHA-256 of the secret in the URL
    person TEXT NOT NULL UNIQUE,
    created BIGINT NOT NULL
);

CREATE TABLE notices (
    rule TEXT NOT NULL,
    notice TEXT NOT NULL,
    state TEXT NOT NULL, -- JSON
    at BIGINT NOT NULL,
    PRIMARY KEY (rule, notice)
);
