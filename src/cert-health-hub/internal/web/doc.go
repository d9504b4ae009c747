// Package web serves the pages of the hub. Every page is complete without JavaScript; htmx and a
// small script of our own add live updates and keys.
//
// The package gets what it shows from a catalog.View and from small interfaces. It keeps no state.
package web
