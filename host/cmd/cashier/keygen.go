package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// The files of a key folder.
const (
	merchantPrivate = "merchant-private.pem"
	merchantPublic  = "merchant-public.pem"
	sandboxPrivate  = "sandbox-private.pem"
	sandboxPublic   = "sandbox-public.pem"
)

// keyFiles are all of them.
var keyFiles = []string{merchantPrivate, merchantPublic, sandboxPrivate, sandboxPublic}

func keygenCommand() *cobra.Command {
	var folder string
	command := &cobra.Command{
		Use:   "keygen --out DIR",
		Short: "Make the key pairs of a merchant and of a sandbox",
		Long: `keygen writes four PEM files with RSA keys of 2048 bits: merchant-private.pem signs your requests,
merchant-public.pem is what you upload to Alipay; sandbox-private.pem and sandbox-public.pem stand
for Alipay's keys in "cashier sandbox". It never overwrites a file.`,
		Args: noArguments("--out %s"),
	}
	command.Flags().StringVar(&folder, "out", "", "the `DIR` to write to; made if needed")
	_ = command.MarkFlagRequired("out")
	command.RunE = func(command *cobra.Command, _ []string) error {
		if err := writeKeys(folder); err != nil {
			return exit{exitRefused, err}
		}
		var files []string
		for _, name := range keyFiles {
			files = append(files, filepath.Join(folder, name))
		}
		return tell(command, map[string][]string{"files": files}, func(w io.Writer) { fmt.Fprintln(w, strings.Join(files, "\n")) })
	}
	return command
}

// writeKeys fills a folder, or leaves it alone if one of the files is there.
func writeKeys(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for _, name := range keyFiles {
		path := filepath.Join(folder, name)
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%s is there already; keys are never overwritten", path)
		}
	}
	for private, public := range map[string]string{merchantPrivate: merchantPublic, sandboxPrivate: sandboxPublic} {
		if err := writePair(folder, private, public); err != nil {
			return err
		}
	}
	return nil
}

// writePair makes a key and writes its two halves, which must not be there.
func writePair(folder, private, public string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(folder, private), "PRIVATE KEY", der, 0o600); err != nil {
		return err
	}
	if der, err = x509.MarshalPKIXPublicKey(&key.PublicKey); err != nil {
		return err
	}
	return writePEM(filepath.Join(folder, public), "PUBLIC KEY", der, 0o644)
}

func writePEM(path, label string, der []byte, mode os.FileMode) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if err := pem.Encode(file, &pem.Block{Type: label, Bytes: der}); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
