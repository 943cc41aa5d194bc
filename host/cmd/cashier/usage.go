package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// noArguments refuses positional arguments. hint is the flag that the first is most likely meant for, such as "--out %s"; "" has
// none.
func noArguments(hint string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		text := fmt.Sprintf("%s takes no arguments, got %q", command.CommandPath(), strings.Join(args, " "))
		if hint != "" {
			text += "; did you mean " + fmt.Sprintf(hint, args[0]) + "?"
		}
		return errors.New(text)
	}
}

// atMostOne allows one positional argument, which the usage line calls name.
func atMostOne(name string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) <= 1 {
			return nil
		}
		return fmt.Errorf("%s takes one %s, got %d: %s; quote a text that has blanks in it", command.CommandPath(), name, len(args), strings.Join(args, ", "))
	}
}

// flagError says in words what the flag package says with the names of Go functions.
func flagError(err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	flag := invalid.GetFlag()
	form := map[string]string{
		"int": "a whole number", "uint64": "a whole number from 0", "bool": "true or false", "duration": "a time such as 30s, 5m or 1h",
	}[flag.Value.Type()]
	if form == "" {
		return err
	}
	return fmt.Errorf("--%s: %q is not %s", flag.Name, invalid.GetValue(), form)
}

// wholeNumber refuses a number outside of a range by the name of its flag.
func wholeNumber(flag string, n, least, most int) error {
	if n < least || n > most {
		return fmt.Errorf("--%s: from %d to %d, not %d", flag, least, most, n)
	}
	return nil
}

// timeSpan refuses a time outside of a range by the name of its flag.
func timeSpan(flag string, d, least, most time.Duration) error {
	if d < least || d > most {
		return fmt.Errorf("--%s: from %v to %v, not %v", flag, least, most, d)
	}
	return nil
}

// maxKeyVersion is the core's bound.
const maxKeyVersion = 1 << 30

// keyVersion is a flag for the version of a key.
func keyVersion(flag string, n int) error {
	if n < 1 || n > maxKeyVersion {
		return fmt.Errorf("--%s: a whole number from 1, not %s", flag, strconv.Itoa(n))
	}
	return nil
}

// flagWords are the sentences of cobra about flags that belong together, and ours.
var flagWords = []struct {
	cobra *regexp.Regexp
	words func(names []string) string
}{
	{regexp.MustCompile(`^required flag\(s\) (.*) not set$`), func(names []string) string { return "missing " + strings.Join(names, ", ") }},
	{regexp.MustCompile(`^at least one of the flags in the group \[(.*)\] is required$`),
		func(names []string) string { return "missing " + strings.Join(names, " or ") }},
	{regexp.MustCompile(`^if any flags in the group \[.*\] are set none of the others can be; \[(.*)\] were all set$`),
		func(names []string) string { return strings.Join(names, " and ") + " cannot be used together" }},
}

// flagGroupError writes the flags that a command requires, or that exclude each other, as they are typed.
func flagGroupError(err error) error {
	for _, f := range flagWords {
		if match := f.cobra.FindStringSubmatch(err.Error()); match != nil {
			names := regexp.MustCompile(`[\w-]+`).FindAllString(match[1], -1)
			for i := range names {
				names[i] = "--" + names[i]
			}
			return errors.New(f.words(names))
		}
	}
	return err
}
