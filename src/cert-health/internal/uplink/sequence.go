package uplink

// Sequence orders the messages of one agent. It survives restarts of the agent and of the VM.
type Sequence struct {
	// Boot names the sequence: the VM's boot and the agent's start at which it began.
	Boot  string `json:"boot"`
	Count uint64 `json:"count"`
}

// MaxBoot is the largest number of bytes of Sequence.Boot.
const MaxBoot = 100

// Newer tells whether a message with this sequence came after one with another sequence. One of
// another boot did: the agent has lost its data directory and cannot go on counting. If an old
// message of such an agent arrives late, its next heartbeat corrects that.
func (s Sequence) Newer(other Sequence) bool {
	return s.Boot != other.Boot || s.Count > other.Count
}
