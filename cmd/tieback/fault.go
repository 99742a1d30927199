package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// How bad a fault is.
const (
	severityError   = "error"   // commands refuse the settings, or the row becomes a dead letter
	severityWarning = "warning" // commands run, but something does not do what it seems to
)

// fault is one thing that is wrong in the settings or in a business file.
type fault struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"` // from 1; 0: the file as a whole
	// Setting is the key it is about, such as programs[0].hurdle; for business files the column.
	Setting  string `json:"setting,omitempty"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
}

// String is the fault as compilers write theirs, so that editors find the place.
func (f fault) String() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File + ":")
		if f.Line > 0 {
			fmt.Fprintf(&b, "%d:", f.Line)
		}
		b.WriteByte(' ')
	}
	if f.Severity == severityWarning {
		b.WriteString("warning: ")
	}
	return b.String() + f.Message
}

// faultList collects faults.
type faultList []fault

// at adds an error about a setting.
func (l *faultList) at(setting, format string, args ...any) {
	*l = append(*l, fault{Setting: setting, Severity: severityError, Message: fmt.Sprintf(format, args...)})
}

// add adds an error whose message begins with the name of its setting.
func (l *faultList) add(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	name, _, _ := strings.Cut(message, " ")
	l.at(strings.TrimSuffix(name, ":"), "%s", message)
}

// warn adds a warning about a setting.
func (l *faultList) warn(setting, format string, args ...any) {
	*l = append(*l, fault{Setting: setting, Severity: severityWarning, Message: fmt.Sprintf(format, args...)})
}

// errors are the faults that commands refuse.
func (l faultList) errors() faultList {
	return slices.DeleteFunc(slices.Clone(l), func(f fault) bool { return f.Severity != severityError })
}

// sort orders faults as a reader meets them.
func (l faultList) sort() {
	slices.SortStableFunc(l, func(a, b fault) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
}

// Error lists them all.
func (l faultList) Error() string {
	lines := make([]string, len(l))
	for i, f := range l {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n  ")
}
