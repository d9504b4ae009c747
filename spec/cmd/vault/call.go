package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

// call makes one request to the Vault at VAULT_ADDR and returns the data of the response.
func call(method, path string, data map[string]string) (map[string]any, error) {
	body, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(method, os.Getenv("VAULT_ADDR")+"/v1/"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("X-Vault-Token", os.Getenv("VAULT_TOKEN"))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNoContent {
		return nil, nil
	}
	var answer struct {
		Data   map[string]any
		Errors []string
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("%s %s: %s", method, path, response.Status)
	}
	if len(answer.Errors) > 0 {
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, response.Status, answer.Errors)
	}
	return answer.Data, nil
}
