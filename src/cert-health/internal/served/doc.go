// Package served finds out what the VM's own processes show to whoever connects:
// the third truth beside the store and the files. A process that was not
// restarted serves the certificate that it once loaded, whatever its file holds.
//
// It knows three things of a VM:
//
//   - which TCP sockets listen, from the kernel (Sockets);
//   - which process has a socket, and which monit or bpm job has the process, as
//     far as the agent may see that (Finder, Processes);
//   - which certificates a socket's owner shows in a TLS handshake (Prober), be it
//     at once or after the few words that PostgreSQL, MySQL, SMTP or NATS want before.
//
// It judges nothing: what is shown is compared with files elsewhere. It is a guest
// on ports that belong to others, hence its rules: one probe of a socket within an
// interval; few connections at a time, each with a deadline and a limit of octets; a
// server that speaks first is listened to before anything is sent; no octet of
// application data, ever; every handshake that succeeds is ended by close_notify; what
// speaks no TLS is remembered and left alone for as long as it listens.
//
// # What the agent may see
//
// Sockets, their cgroups, and every process's parent, start, cgroup and command line can
// be seen by all users. Which process has which socket stands in /proc/PID/fd, whose links
// the kernel shows as it would let a debugger attach: to the same user with at
// least the process's capabilities, or with CAP_SYS_PTRACE. An agent that runs as vcap
// sees the jobs that run as vcap so, and those that may bind low ports only if it
// keeps CAP_NET_BIND_SERVICE itself. CAP_DAC_READ_SEARCH does not help. For
// all others the socket's cgroup tells, which for a job in bpm is its own.
package served
