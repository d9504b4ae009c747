// Package api answers the hub's requests under /v1: JSON and CSV, described by an OpenAPI document, and
// the requests of Doomsday's clients. It decides who may ask for what, and keeps nothing itself.
package api
