// Package served finds out which certificates the VM's own processes serve. A process that
// was not restarted serves the certificate that it loaded at its start, whatever its file
// contains now.
//
// The package finds three things on a VM:
//
//   - which TCP sockets listen, from the kernel (Sockets);
//   - which process has a socket, and which monit or bpm job has the process, as
//     far as the agent may see that (Finder, Processes);
//   - which certificates a socket's owner sends in a TLS handshake (Prober), at once or
//     after the messages that PostgreSQL, MySQL, SMTP or NATS need first.
//
// It does not compare the certificates with files; package verdict does. The ports belong
// to other programs, so the package disturbs them as little as possible: it makes one probe
// of a socket within an interval, and few connections at a time, each with a deadline and a
// limit of bytes. It waits for a server that speaks first, never sends application data,
// ends every successful handshake with close_notify, and remembers sockets without TLS,
// which it does not probe again.
//
// # What the agent may see
//
// Every user can see the sockets and their cgroups, and the parent, start, cgroup and
// command line of every process. The process of a socket is found in /proc/PID/fd. The
// kernel shows the links there to those who may attach a debugger: the same user with at
// least the process's capabilities, or CAP_SYS_PTRACE. CAP_DAC_READ_SEARCH does not help.
// An agent that runs as vcap sees the links of the jobs that run as vcap, and of those that
// may bind low ports only if it keeps CAP_NET_BIND_SERVICE itself. For all other jobs, the
// cgroup of the socket is used: a job in bpm has a cgroup of its own.
package served
