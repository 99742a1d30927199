package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tieback/transform"
)

func (a *app) validateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate [FILE…]",
		Short: "List every fault of the settings and of business files, offline",
		Long: `List every fault of tieback.yaml: unknown keys with the nearest known one, values of the wrong kind, variables that the environment
does not set, rules that never apply, a token key that cannot be used. Each FILE is a CSV file of costs, books or programs, as
tieback init writes examples of; its rows are read as tieback load would read them. Nothing is opened, asked or written.

A warning is something that works and does not do what it seems to: a rule behind one that takes everything, a program that
nobody has named. Exit code 0: no fault; 2: a fault of the settings; 1: none of them, but one of a file.`,
		Args: misusedArgs(cobra.ArbitraryArgs),
	}
	format := formatFlag(cmd, "text", "json")
	schema := cmd.Flags().Bool("schema", false, "print the JSON Schema of tieback.yaml, for editors, and do nothing else")
	var files fileCheck
	cmd.Flags().StringVar(&files.typ, "type", "", "event `type` of rows that name none, such as cost.entry")
	cmd.Flags().StringVar(&files.timeFrom, "time-from", "", "`column` that is the time, in files without a column time")
	cmd.RunE = func(_ *cobra.Command, names []string) error {
		if *schema {
			text, err := settingsSchema()
			if err == nil {
				_, err = a.out.Write(text)
			}
			return err
		}
		if err := files.misuse(); err != nil {
			return err
		}
		report, err := a.validate(&files, names)
		if err != nil {
			return err
		}
		if err := report.print(a, *format); err != nil {
			return err
		}
		return report.err()
	}
	return cmd
}

// validation is what validate found.
type validation struct {
	Settings string    `json:"settings"`
	Files    []string  `json:"files"`
	Rows     int       `json:"rows"`
	Valid    bool      `json:"valid"`
	Faults   faultList `json:"faults"`

	programs, rules int
}

// validate reads the settings and the files.
func (a *app) validate(files *fileCheck, names []string) (*validation, error) {
	v := &validation{Settings: a.settingsFile, Files: names}
	if v.Settings == "" {
		v.Settings = defaultSettingsFile
	}
	if _, err := os.Stat(v.Settings); err != nil {
		return nil, usagef("there is no %s to validate; tieback init writes one, --settings names another", v.Settings)
	}
	s, r, err := a.checkedSettings()
	if err != nil {
		return nil, usageError{err}
	}
	r.judge(v.Settings, append(s.keyFaults(), s.mapFaults()...))
	v.Faults = r.faults
	v.programs = len(s.Programs)
	for _, p := range s.Programs {
		v.rules += len(p.Match)
	}
	files.settings = s
	for _, name := range names {
		found, err := files.read(name)
		if err != nil {
			return nil, err
		}
		v.Faults = append(v.Faults, found...)
	}
	v.Faults = append(v.Faults, files.across()...)
	v.Rows = files.rows
	v.Faults.sort()
	v.Valid = len(v.Faults) == 0
	if v.Faults == nil {
		v.Faults = faultList{}
	}
	if v.Files == nil {
		v.Files = []string{}
	}
	return v, nil
}

// keyFaults looks at the token key without using it.
func (s *settings) keyFaults() faultList {
	var faults faultList
	text, from := os.Getenv(keyVariable), keyVariable
	if text == "" {
		from = s.keyFile()
		info, err := os.Stat(from)
		if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
			faults.warn("key_file", "key_file: others than you may read %s (mode %04o): chmod 600 %s", from, info.Mode().Perm(), from)
		}
		content, err := os.ReadFile(from)
		switch {
		case errors.Is(err, os.ErrNotExist):
			faults.at("key_file", "key_file: there is no token key at %s and %s is not set; tieback init makes one", from, keyVariable)
		case err != nil:
			faults.at("key_file", "key_file: %s", err)
		default:
			text = strings.TrimSpace(string(content))
			if text == "" {
				faults.at("key_file", "key_file: %s is empty", from)
			}
		}
	}
	if key, err := hex.DecodeString(strings.TrimSpace(text)); text != "" && (err != nil || len(key) != transform.KeyBytes) {
		faults.at("key_file", "key_file: the token key in %s must be %d hexadecimal digits, and has %d characters", from, 2*transform.KeyBytes, len(strings.TrimSpace(text)))
	}
	return faults
}

func (v *validation) print(a *app, format string) error {
	if format == "json" {
		out := json.NewEncoder(a.out)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(v)
	}
	for _, f := range v.Faults {
		fmt.Fprintln(a.out, f)
	}
	if v.Valid {
		fmt.Fprintf(a.out, "%s is valid: %s with %s\n", v.Settings, counted(v.programs, "program"), counted(v.rules, "rule"))
		if len(v.Files) > 0 {
			fmt.Fprintf(a.out, "%s in %s are valid\n", counted(v.Rows, "row"), counted(len(v.Files), "file"))
		}
	}
	return nil
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// err is the exit class of what was found.
func (v *validation) err() error {
	if v.Valid {
		return nil
	}
	err := errors.New(counted(len(v.Faults), "fault"))
	for _, f := range v.Faults {
		if f.File == v.Settings {
			return usageError{err}
		}
	}
	return err
}
