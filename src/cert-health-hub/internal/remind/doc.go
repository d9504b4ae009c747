// Package remind sends messages about certificates that need action.
//
// A rule selects entries by the query of the list, and says when it looks. It sends a message when an
// entry is new or has become graver, a reminder while entries are open, and an all-clear when none is
// left. A message that is not delivered waits in the state of its rule, which is stored before
// anything is sent: a restart repeats nothing and loses nothing. If the program is killed between the
// delivery of a message and the storing of that, the message is sent once more with the same
// identifier.
package remind
