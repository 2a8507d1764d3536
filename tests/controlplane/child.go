package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// process says how to run one child and how to see that it is ready.
type process struct {
	Name string            `json:"name"`
	Argv []string          `json:"argv"`
	Env  map[string]string `json:"env,omitempty"` // on top of the supervisor's own
	Log  string            `json:"log"`           // file that stdout and stderr are appended to
	// ReadyURL answers 200, ReadyFile is not empty: both when both are set, at once when none is.
	ReadyURL       string `json:"readyURL,omitempty"`
	ReadyFile      string `json:"readyFile,omitempty"`
	TimeoutSeconds int    `json:"timeoutSeconds,omitempty"` // to be ready, default 60
	GraceSeconds   int    `json:"graceSeconds,omitempty"`   // between TERM and KILL, default 5
	PIDFile        string `json:"pidFile,omitempty"`
	// Optional: an unexpected end is reported and nothing else. Restart: it is started again.
	// Otherwise an unexpected end ends everything.
	Optional bool `json:"optional,omitempty"`
	Restart  bool `json:"restart,omitempty"`

	probe func(context.Context) error // instead of ReadyURL, for parts that need TLS
}

// child is a started process.
type child struct {
	spec    process
	cmd     *exec.Cmd
	started time.Time
	gone    chan struct{} // closed once it has been waited for
	ending  bool          // the supervisor is ending it
}

// leastLife is how long a restartable child must have lived to be started again.
const leastLife = time.Second

var errGone = errors.New("it ended before it was ready")

// start must be called on the main goroutine, see init in supervise.go.
func (s *supervisor) start(spec process) (*child, error) {
	log, err := os.OpenFile(spec.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("failed to open the log of %s: %w", spec.Name, err)
	}
	defer log.Close()
	cmd := exec.Command(spec.Argv[0], spec.Argv[1:]...)
	cmd.Env = os.Environ()
	for name, value := range spec.Env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("failed to start %s: %w", spec.Name, err)
	}
	c := &child{spec: spec, cmd: cmd, started: time.Now(), gone: make(chan struct{})}
	s.children = append(s.children, c)
	go func() {
		_ = cmd.Wait() // its outcome stays in cmd.ProcessState
		close(c.gone)
		s.exits <- c
	}()
	if spec.PIDFile == "" {
		return c, nil
	}
	return c, os.WriteFile(spec.PIDFile, []byte(strconv.Itoa(cmd.Process.Pid)), 0o600)
}

// startAndWait returns when the process is ready, and with an error when it ended or took too long.
func (s *supervisor) startAndWait(ctx context.Context, spec process) error {
	c, err := s.start(spec)
	if err != nil {
		return err
	}
	if err := c.waitReady(ctx); err != nil {
		return fmt.Errorf("failed to get %s ready, see %s: %w", spec.Name, spec.Log, err)
	}
	s.report(event{Event: "ready", Name: spec.Name, PID: c.cmd.Process.Pid, Log: spec.Log, Seconds: time.Since(c.started).Seconds()})
	return nil
}

func (c *child) waitReady(ctx context.Context) error {
	limit := 60 * time.Second
	if c.spec.TimeoutSeconds > 0 {
		limit = time.Duration(c.spec.TimeoutSeconds) * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		err := c.spec.ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-c.gone:
			return errGone
		case <-ctx.Done():
			return fmt.Errorf("not ready after %s: %w", time.Since(c.started).Round(time.Second), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (p *process) ready(ctx context.Context) error {
	if p.ReadyFile != "" {
		info, err := os.Stat(p.ReadyFile)
		if err != nil {
			return err
		}
		if info.Size() == 0 {
			return fmt.Errorf("%s is still empty", p.ReadyFile)
		}
	}
	if p.probe != nil {
		return p.probe(ctx)
	}
	if p.ReadyURL != "" {
		return answersOK(ctx, http.DefaultClient, p.ReadyURL)
	}
	return nil
}

// answersOK reports whether a GET is answered with 200 within two seconds.
func answersOK(ctx context.Context, client *http.Client, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, response.Status)
	}
	return nil
}

// onExit returns an error when the end of this child must end everything.
func (s *supervisor) onExit(c *child) error {
	s.children = slices.DeleteFunc(s.children, func(other *child) bool { return other == c })
	outcome := c.cmd.ProcessState.String()
	switch {
	case c.ending:
		return nil
	case c.spec.Restart && time.Since(c.started) > leastLife:
		again, err := s.start(c.spec)
		if err != nil {
			return err
		}
		s.report(event{Event: "restarted", Name: c.spec.Name, PID: again.cmd.Process.Pid, Error: outcome})
		return nil
	case c.spec.Optional:
		s.report(event{Event: "exited", Name: c.spec.Name, Log: c.spec.Log, Error: outcome})
		return nil
	}
	return fmt.Errorf("%s ended unexpectedly: %s", c.spec.Name, outcome)
}
