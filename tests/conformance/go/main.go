// Sends requests with the vendor's Go cores: one JSON request per line in, one JSON answer per line out.
// An answer holds exactly one of body, refusal (an error reply) and failure (no reply that the core read).
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// longestLine is more than any request of the suite.
const longestLine = 16 << 20

// Request is one call, with flat parameter names as the generated SDK makes them.
type Request struct {
	Core            string            `json:"core"`
	Signature       string            `json:"signature"`
	Endpoint        string            `json:"endpoint"`
	AccessKeyID     string            `json:"accessKeyID"`
	AccessKeySecret string            `json:"accessKeySecret"`
	SecurityToken   string            `json:"securityToken"`
	Version         string            `json:"version"`
	Action          string            `json:"action"`
	Method          string            `json:"method"`
	Auth            string            `json:"auth"`
	Query           map[string]string `json:"query"`
	Body            map[string]string `json:"body"`
}

// Answer is what came of a request.
type Answer struct {
	Body    any      `json:"body,omitempty"`
	Refusal *Refusal `json:"refusal,omitempty"`
	Failure string   `json:"failure,omitempty"`
}

// Refusal is an error reply as the core understood it; what a core does not tell stays out.
type Refusal struct {
	Code       string         `json:"code"`
	Status     int            `json:"status"`
	Message    string         `json:"message"`
	RequestID  string         `json:"requestID"`
	RetryAfter *int64         `json:"retryAfter,omitempty"`
	Denial     map[string]any `json:"denial,omitempty"`
	Throttled  *bool          `json:"throttled,omitempty"`
	SameText   *bool          `json:"sameText,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestLine)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := answers.Encode(answer(lines.Bytes())); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func answer(line []byte) Answer {
	var request Request
	if err := json.Unmarshal(line, &request); err != nil {
		return Answer{Failure: err.Error()}
	}
	switch request.Core {
	case "darabonba":
		return darabonba(&request)
	case "sdkgo":
		return sdkGo(&request)
	}
	return Answer{Failure: "no such core: " + request.Core}
}
