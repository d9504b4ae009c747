package explain_test

import "encoding/json"

// quoted is text as JSON has it.
func quoted(text string) string {
	encoded, _ := json.Marshal(text) // a string can always be encoded
	return string(encoded)
}
