package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// endAll ends the children, last started first, and then whatever they left behind.
func (s *supervisor) endAll() {
	go func() { // the goroutines that wait for children must be able to finish
		for range s.exits {
		}
	}()
	for _, c := range slices.Backward(s.children) {
		select {
		case <-c.gone: // its number may belong to somebody else by now
		default:
			c.end(s.grace(c))
		}
	}
	sweep()
}

// grace is zero when the parent is gone: then nobody waits for an orderly end.
func (s *supervisor) grace(c *child) time.Duration {
	switch {
	case os.Getppid() != s.parent:
		return 0
	case c.spec.GraceSeconds > 0:
		return time.Duration(c.spec.GraceSeconds) * time.Second
	}
	return 5 * time.Second
}

// end sends TERM to the child's process group, KILL after the grace period, and waits for the child.
func (c *child) end(grace time.Duration) {
	c.ending = true
	group := -c.cmd.Process.Pid
	_ = unix.Kill(group, unix.SIGTERM) // fails only when the group is gone
	select {
	case <-c.gone:
		return
	case <-time.After(grace):
	}
	_ = unix.Kill(group, unix.SIGKILL)
	<-c.gone
}

// sweep kills and waits for everything below this process, until nothing is left. Orphans of the
// children count: this process adopts them.
func sweep() {
	for {
		pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil)
		switch {
		case err == unix.ECHILD:
			return
		case err != nil && err != unix.EINTR:
			fmt.Fprintln(os.Stderr, "failed to wait for left-over processes:", err)
			return
		case pid == 0:
			for _, left := range childPIDs() {
				_ = unix.Kill(left, unix.SIGKILL)
			}
			time.Sleep(2 * time.Millisecond)
		}
	}
}

// childPIDs lists the direct children of this process from /proc/PID/stat, whose fields after the
// closing parenthesis of the name begin with state and parent.
func childPIDs() []int {
	self := strconv.Itoa(os.Getpid())
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well-formed
	var found []int
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it ended meanwhile
		}
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) < 2 || string(fields[1]) != self {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			found = append(found, pid)
		}
	}
	return found
}
