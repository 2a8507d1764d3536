package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"runtime"

	"golang.org/x/sys/unix"
)

// The contract of the supervisor. It reads JSON documents from stdin, one a line, and performs them
// in order; it answers with JSON events on stdout. End of stdin, a signal or the end of its parent
// ends everything it started, last started first. However it ends itself, nothing survives it: each
// child is tied to it by the kernel (parent-death signal), and orphans of children come to it.

// command is one line of stdin; exactly one field is set.
type command struct {
	ControlPlane *controlPlane `json:"controlPlane,omitempty"`
	Process      *process      `json:"process,omitempty"`
}

// event is one line of stdout.
type event struct {
	Event   string  `json:"event"` // "ready", "exited", "restarted", "failed" or "ended"
	Name    string  `json:"name,omitempty"`
	PID     int     `json:"pid,omitempty"`
	Seconds float64 `json:"seconds,omitempty"` // from start to ready
	Log     string  `json:"log,omitempty"`
	Error   string  `json:"error,omitempty"`
}

type supervisor struct {
	parent   int           // whoever started the supervisor
	children []*child      // in the order of their start
	exits    chan *child   // children that ended, expected or not
	reports  *json.Encoder // stdout
	locks    []*os.File    // held until this process ends
}

func init() {
	// The kernel sends the parent-death signal when the starting *thread* ends. Children are started
	// from the main goroutine only, and this keeps it on the main thread, which ends last.
	runtime.LockOSThread()
}

func supervise() int {
	ctx, end := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	defer end()
	// A reader that is gone must not stop the orderly end. Not ignored: children would inherit that.
	signal.Notify(make(chan os.Signal, 1), unix.SIGPIPE)
	s := &supervisor{parent: os.Getppid(), exits: make(chan *child), reports: json.NewEncoder(os.Stdout)}
	if err := holdTogether(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	commands := make(chan command)
	go readCommands(commands, end)
	code := s.serve(ctx, commands)
	s.endAll()
	s.report(event{Event: "ended"})
	return code
}

// holdTogether makes the end of the parent a SIGTERM to this process, and this process the parent of
// every orphan below it.
func holdTogether() error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGTERM), 0, 0, 0); err != nil {
		return fmt.Errorf("failed to tie this process to its parent: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("failed to adopt orphans: %w", err)
	}
	return nil
}

// readCommands calls end at the end of stdin and at a line that is no command.
func readCommands(commands chan<- command, end func()) {
	defer end()
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var next command
		if err := json.Unmarshal(line, &next); err != nil {
			fmt.Fprintln(os.Stderr, "failed to read a command:", err)
			return
		}
		commands <- next
	}
}

func (s *supervisor) serve(ctx context.Context, commands <-chan command) int {
	for {
		select {
		case <-ctx.Done():
			return 0
		case next := <-commands:
			if err := s.perform(ctx, next); err != nil {
				if ctx.Err() != nil {
					return 0
				}
				s.report(event{Event: "failed", Error: err.Error()})
				return 1
			}
		case ended := <-s.exits:
			if err := s.onExit(ended); err != nil {
				s.report(event{Event: "failed", Name: ended.spec.Name, Log: ended.spec.Log, Error: err.Error()})
				return 1
			}
		}
	}
}

func (s *supervisor) perform(ctx context.Context, next command) error {
	switch {
	case next.ControlPlane != nil:
		return s.startControlPlane(ctx, next.ControlPlane)
	case next.Process != nil:
		return s.startAndWait(ctx, *next.Process)
	}
	return nil
}

func (s *supervisor) report(e event) {
	_ = s.reports.Encode(e) // nobody may be reading any more
}
