package remote

import (
	"bytes"
	"net/http"
)

// Location asks for something that the server answers by naming another place, and returns that. It may
// be on any host: do not send a credential there.
func (r *Remote) Location(doer Doer, url string) (string, error) {
	response, err := r.ask(doer, url)
	if err != nil {
		return "", r.Explain(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusFound && response.StatusCode != http.StatusSeeOther {
		if response.StatusCode == http.StatusOK {
			return "", r.Explain(errShape)
		}
		return "", r.Status(response.StatusCode)
	}
	return response.Header.Get("Location"), nil
}

// Lines calls a function with each line of an answer that is not empty.
func (r *Remote) Lines(doer Doer, url string, each func(line []byte)) error {
	response, err := r.ask(doer, url)
	if err != nil {
		return r.Explain(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return r.Status(response.StatusCode)
	}
	contents, err := contentsOf(response)
	defer clear(contents)
	if err != nil {
		return r.Explain(err)
	}
	for line := range bytes.Lines(contents) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			each(line)
		}
	}
	return nil
}

// ask sends a request without a body.
func (r *Remote) ask(doer Doer, url string) (*http.Response, error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, fault(Rejected, "the address of this source is not valid: correct it")
	}
	request.Header.Set("Accept", "application/json")
	return doer.Do(request)
}
