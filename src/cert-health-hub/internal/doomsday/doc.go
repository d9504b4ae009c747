// Package doomsday makes a configuration of the hub from that of Doomsday, another program that shows
// certificates of stores. What has no equal in the hub becomes a note.
package doomsday
