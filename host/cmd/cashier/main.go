// Command cashier is the payment's rules on the command line: it checks orders, builds and signs requests, verifies messages of
// Alipay and explains why one does not verify, talks to a gateway, sends notifications, and plays Alipay's sandbox on this
// machine. Everything that is a rule runs in core.wasm.
//
// Exit codes: 0 done; 1 the order, message or input is refused; 2 wrong usage, which includes files that cannot be read; 3
// core.wasm trapped, which is a bug; 4 done, but the result could not be written; 130 interrupted before anything was
// done.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process, whatever it is doing
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// The exit codes. Scripts depend on them.
const (
	exitOK          = 0
	exitRefused     = 1
	exitUsage       = 2
	exitTrap        = 3
	exitNotWritten  = 4
	exitInterrupted = 130
)

// exit ends a command with a code; a nil err has been told already.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e exit) Unwrap() error { return e.err }

// refused is the end of a command that has said what is wrong.
var refused = exit{code: exitRefused}

func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	root := newRoot()
	written := &output{to: out}
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(written)
	root.SetErr(errs)
	command, err := root.ExecuteContextC(ctx)
	if err == nil && written.err != nil {
		err = exit{exitNotWritten, fmt.Errorf("it is done, but the result could not be written: %w", written.err)}
	}
	if err == nil {
		return exitOK
	}
	code, told := exitCode(err)
	if code == exitUsage {
		err = flagGroupError(err)
	}
	if wantsJSON(command) {
		if !told {
			_ = printJSON(errs, newFailure(err, code))
		}
		return code
	}
	if !told {
		fmt.Fprintf(errs, "cashier: %v\n", err)
	}
	if code == exitUsage {
		fmt.Fprintf(errs, "Run '%s --help' for usage.\n", command.CommandPath())
	}
	return code
}

// exitCode classifies the end of a command, and tells whether the user has been told why. What no command has classified is
// wrong usage.
func exitCode(err error) (code int, told bool) {
	var end exit
	switch {
	case errors.As(err, &end):
		return end.code, end.err == nil
	case errors.Is(err, host.ErrTrap):
		return exitTrap, false
	}
	return exitUsage, false
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "cashier",
		Short: "Cashier Payment with the AlipayCN wallet: check, build, sign, verify, pay, try out",
		Long: `cashier checks orders, builds and signs pay requests, verifies messages of Alipay and explains why
one does not verify, talks to a gateway, and plays Alipay's sandbox on this machine. Its rules are
those of core.wasm.

An ORDER, INPUT or BODY is the name of a file, "-" or nothing for standard input, or, if it
begins with "{" or "[", the text itself. Keys are files with PEM or bare base64: PKCS#8 or PKCS#1
private keys, SPKI or PKCS#1 public keys. "cashier init" writes samples of all of them.

Exit codes: 0 done; 1 refused; 2 wrong usage; 3 core.wasm trapped, which is a bug; 4 done, but the
result could not be written; 130 interrupted before anything was done.`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(command *cobra.Command, _ []string) error {
			return fmt.Errorf("missing command; available: %s", commandNames(command))
		},
	}
	root.PersistentFlags().Bool(jsonFlag, false, "print JSON instead of words, errors too")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagError(err) })
	root.SetVersionTemplate("cashier {{.Version}}\n")
	root.AddGroup(&cobra.Group{ID: groupRules, Title: "Orders and messages:"}, &cobra.Group{ID: groupGateway, Title: "Alipay's gateway, or the sandbox:"},
		&cobra.Group{ID: groupHelp, Title: "Finding out what is wrong:"})
	add := func(group string, commands ...*cobra.Command) {
		for _, command := range commands {
			command.GroupID = group
			command.DisableFlagsInUseLine = true // the usage lines name the flags themselves
			root.AddCommand(command)
		}
	}
	add(groupRules, validateCommand(), buildCommand(), signCommand(), verifyCommand(), initCommand(), keygenCommand(), tokenCommand(), callCommand(), infoCommand())
	add(groupGateway, payCommand(), inquireCommand(), cancelCommand(), refundCommand(), inquireRefundCommand(), sandboxCommand(), notifyCommand(), serveCommand())
	add(groupHelp, explainCommand(), doctorCommand())
	root.SetHelpCommandGroupID(groupHelp)
	root.SetCompletionCommandGroupID(groupHelp)
	return root
}

const (
	groupRules   = "rules"
	groupGateway = "gateway"
	groupHelp    = "help"
)

// commandNames lists the commands of a command for a sentence.
func commandNames(command *cobra.Command) string {
	var names []string
	for _, c := range command.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return strings.Join(names, ", ")
}

// withCore opens core.wasm for one command. A command makes a call or two, which the interpreter has answered long before the
// compiler would be ready.
func withCore(ctx context.Context, use func(*host.Core) error) error {
	core, err := host.Open(ctx, host.PoolSize(1), host.Interpreter())
	if err != nil {
		return err
	}
	defer core.Close()
	return use(core)
}
