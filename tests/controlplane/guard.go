package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// guard runs one command with this process's stdout and stderr and returns its exit code. A signal or
// the end of the parent kills the command with everything that it started.
func guard() int {
	ctx, end := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	defer end()
	signal.Notify(make(chan os.Signal, 1), unix.SIGPIPE) // see supervise
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: controlplane guard PARENT-PID COMMAND [ARGUMENT]...")
		return 2
	}
	if err := holdTogether(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if strconv.Itoa(os.Getppid()) != os.Args[1] {
		return 130 // the parent ended before this process was tied to it
	}
	cmd := exec.Command(os.Args[2], os.Args[3:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		fmt.Fprintf(os.Stderr, "failed to start %s: %v\n", os.Args[2], err)
		return 127
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	defer sweep()
	select {
	case err := <-done:
		return exitCode(err)
	case <-ctx.Done():
		_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
		<-done
		return 130
	}
}

// exitCode follows the shell: 128 and the signal's number for a command that a signal ended.
func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &exit):
		return 1
	case exit.ExitCode() >= 0:
		return exit.ExitCode()
	}
	return 128 + int(exit.Sys().(syscall.WaitStatus).Signal())
}
