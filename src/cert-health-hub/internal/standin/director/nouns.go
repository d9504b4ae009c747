package director

import "slices"

// Deployment is a deployment with what the Director knows of it.
type Deployment struct {
	Name      string
	Manifest  string
	Teams     []string
	Instances []Instance
	Variables []Variable
}

// Instance is a VM, or a place for one.
type Instance struct {
	AgentID   string   `json:"agent_id"`
	CID       string   `json:"cid"`
	Job       string   `json:"job"`
	Index     int      `json:"index"`
	ID        string   `json:"id"`
	AZ        string   `json:"az"`
	IPs       []string `json:"ips"`
	CreatedAt string   `json:"vm_created_at"`
	ExpectsVM bool     `json:"expects_vm"`
	// Only the agent, or the full format, tells:
	Ignore bool   `json:"-"`
	State  string `json:"-"`
}

// Variable is a version of a variable that a deployment uses.
type Variable struct {
	ID     string
	Name   string
	Expiry string // empty if it is not a certificate
	Days   int
}

// Expiry is a certificate of the Director itself.
type Expiry struct {
	Path   string `json:"certificate_path"`
	Expiry string `json:"expiry"`
	Days   int    `json:"days_left"`
}

// Config is a config of a type.
type Config struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Name    string `json:"name"`
	Content string `json:"content"`
	Current bool   `json:"current"`
}

// Event is something that happened. Empty keys are left out.
type Event struct {
	ID         string `json:"id"`
	Timestamp  int64  `json:"timestamp"`
	User       string `json:"user"`
	Action     string `json:"action"`
	ObjectType string `json:"object_type"`
	ObjectName string `json:"object_name,omitempty"`
	Deployment string `json:"deployment,omitempty"`
}

// task is work that has ended: its result has one JSON object in each line.
type task struct {
	result string
	polls  int    // how often it is not done yet
	state  string // after that
}

// Full is how the Director answers in the full format, which asks all agents.
type Full struct {
	Refused bool   // 401
	Polls   int    // how often the task is not done yet when somebody asks
	State   string // of the task after that; empty is "done"
}

// SetFull changes how the full format is answered.
func (s *Server) SetFull(full Full) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.full = full
}

// SetInstances replaces the instances of a deployment.
func (s *Server) SetInstances(deployment string, list ...Instance) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.deployments = slices.Clone(s.deployments)
	for i := range s.deployments {
		if s.deployments[i].Name == deployment {
			s.deployments[i].Instances = list
		}
	}
}

// SetDeployments replaces the deployments.
func (s *Server) SetDeployments(list ...Deployment) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.deployments = list
}

// SetCertificates replaces the Director's own certificates.
func (s *Server) SetCertificates(list ...Expiry) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.certificates = list
}

// SetConfigs replaces the configs.
func (s *Server) SetConfigs(list ...Config) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.configs = list
}

// SetEvents replaces the events, the newest first.
func (s *Server) SetEvents(list ...Event) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.events = list
}

// Tasks counts the tasks: each asks all agents of a deployment.
func (s *Server) Tasks() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.tasks)
}
