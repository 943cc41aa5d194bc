package sandbox

import (
	"os"
	"os/exec"
	"testing"
)

// needsTool finds a program that shares no code with the sandbox. Without it the test is skipped, and fails where CI is set.
func needsTool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		lacks(t, name)
	}
	return path
}

// needsPython finds a Python that has the package cryptography: that of Debian, if the first in the path has it not.
func needsPython(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import cryptography").Run() == nil {
			return name
		}
	}
	lacks(t, "python3 with cryptography")
	return ""
}

func lacks(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing; ./build.sh test installs it on Debian", what)
	}
	t.Skipf("%s is missing; ./build.sh test installs it on Debian", what)
}
