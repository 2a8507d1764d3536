// Command controlplane is a real Kubernetes control plane in one program, for tests and demos on a
// machine without containers. The first argument (or the name of a symlink to the program) chooses
// the part to be; only that part is constructed, because the constructors share process-wide state.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// dieWithParent is set by callers whose own end, however sudden, must end a part they run directly.
const dieWithParent = "CONTROLPLANE_DIE_WITH_PARENT"

// applets maps a name to the part of that name. A part reads os.Args as its upstream main does and
// returns the exit code. Files with a build tag add the parts that need the Kubernetes sources.
var applets = map[string]func() int{
	"supervise": supervise,
	"guard":     guard,
}

func main() {
	name := filepath.Base(os.Args[0])
	if _, known := applets[name]; !known {
		if len(os.Args) < 2 {
			usage()
		}
		name = os.Args[1]
		os.Args = os.Args[1:]
	}
	part, known := applets[name]
	if !known {
		usage()
	}
	if os.Getenv(dieWithParent) != "" {
		if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
			fmt.Fprintln(os.Stderr, "failed to tie this process to its parent:", err)
			os.Exit(1)
		}
	}
	os.Exit(part())
}

func usage() {
	names := slices.Sorted(maps.Keys(applets))
	fmt.Fprintf(os.Stderr, "usage: controlplane %s ...\n", strings.Join(names, "|"))
	os.Exit(2)
}
