package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// starter holds what init writes, as it writes it.
//
//go:embed starter
var starter embed.FS

// Where init puts what is not in starter.
const (
	starterSchema = "tieback.settings.json"
	starterKey    = "tieback.key"
)

func (a *app) initCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a commented tieback.yaml, a token key, and example business files",
		Long: `Write what a company starts with: tieback.yaml with a comment for each key, the key that persons' ids are turned into tokens with,
and business/programs.csv, costs.csv and ledger.csv with an example row each. Nothing is ever overwritten.`,
		Args: misusedArgs(cobra.NoArgs),
	}
	dir := cmd.Flags().String("dir", ".", "`folder` to write to; it is made where there is none")
	cmd.RunE = func(*cobra.Command, []string) error {
		if a.warehouse != "" || a.settingsFile != "" || a.brokers != "" {
			return usagef("init writes new settings; choose its folder with --dir")
		}
		return a.initialize(*dir)
	}
	return cmd
}

// initialize writes all files, or none where one of them is there already.
func (a *app) initialize(dir string) error {
	files, err := starterFiles()
	if err != nil {
		return err
	}
	withKey := os.Getenv(keyVariable) == ""
	names := make([]string, 0, len(files)+1)
	for _, f := range files {
		names = append(names, f.name)
	}
	if withKey {
		names = append(names, starterKey)
	}
	if err := refuseExisting(dir, names); err != nil {
		return err
	}
	for _, f := range files {
		if err := writeNew(filepath.Join(dir, f.name), f.content, 0o644); err != nil {
			return err
		}
	}
	if withKey {
		s := settings{KeyFile: filepath.Join(dir, starterKey)}
		if made, err := s.makeKey(); err != nil || !made {
			return errors.Join(err, fmt.Errorf("no token key was written to %s", s.KeyFile))
		}
	}
	a.sayNext(dir, names, withKey)
	return nil
}

// starterFile is one file that init writes.
type starterFile struct {
	name    string // in the folder
	content []byte
}

func starterFiles() ([]starterFile, error) {
	var files []starterFile
	err := fs.WalkDir(starter, "starter", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := starter.ReadFile(path)
		files = append(files, starterFile{filepath.FromSlash(strings.TrimPrefix(path, "starter/")), content})
		return err
	})
	if err != nil {
		return nil, err
	}
	schema, err := settingsSchema()
	return append(files, starterFile{starterSchema, schema}), err
}

// refuseExisting names every file that is there already, and any that cannot be looked at.
func refuseExisting(dir string, names []string) error {
	var there []string
	for _, name := range names {
		path := filepath.Join(dir, name)
		switch _, err := os.Lstat(path); {
		case err == nil:
			there = append(there, path)
		case !errors.Is(err, os.ErrNotExist):
			return err
		}
	}
	if len(there) > 0 {
		return usagef("%s: there already, and init overwrites nothing; move it away or choose another folder with --dir", strings.Join(there, ", "))
	}
	return nil
}

// writeNew writes a file that must not exist.
func writeNew(path string, content []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Close())
}

// sayNext says what was written and what to do with it.
func (a *app) sayNext(dir string, names []string, withKey bool) {
	for _, name := range names {
		fmt.Fprintln(a.out, filepath.Join(dir, name))
	}
	if withKey {
		fmt.Fprintf(a.err, `
%s is the key that persons' ids are turned into tokens with. Keep a copy in a safe place and none in version control: without it
nobody who is stored can ever be joined to new events, and with it every token can be traced.
`, filepath.Join(dir, starterKey))
	} else {
		fmt.Fprintf(a.err, "\n%s is set and holds the token key, so no key file was written.\n", keyVariable)
	}
	in := ""
	if filepath.Clean(dir) != "." {
		in = "cd " + dir + "\n  "
	}
	fmt.Fprintf(a.err, `
Next:
  %sedit tieback.yaml and the example rows in business
  tieback validate business/programs.csv business/costs.csv business/ledger.csv
  tieback load FILE…      events from files, or: tieback ingest
  tieback build
  tieback query "select figure, state, needs from answerable"
`, in)
}
