package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// guard runs one command with this process's stdout and stderr and returns its exit code. The end of
// stdin, a signal or the end of the parent kills the command with everything that it started.
func guard() int {
	ctx, end := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	defer end()
	signal.Ignore(unix.SIGPIPE)
	if len(os.Args) < 3 || os.Args[1] != "--" {
		fmt.Fprintln(os.Stderr, "usage: controlplane guard -- COMMAND [ARGUMENT]...")
		return 2
	}
	if err := holdTogether(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go func() {
		defer end()
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
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
