package records

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// Expand turns what a person names into files: a folder into the data files in it and below, in the order of the bytes of
// their paths, and a pattern such as 'exports/*.csv' into what it matches, in the same order. Files and folders whose names
// begin with a point are left out. skipped are files of a folder that are not named as data; all of them are read where
// the options say how.
func (o Options) Expand(names []string) (files, skipped []string, err error) {
	var errs []error
	for _, name := range names {
		if name == "-" {
			files = append(files, name)
			continue
		}
		info, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(name, "*?["):
			matched, globErr := filepath.Glob(name)
			if globErr != nil {
				errs = append(errs, fmt.Errorf("%s is no pattern: %w", name, globErr))
			} else if len(matched) == 0 {
				errs = append(errs, fmt.Errorf("no file matches %s", name))
			} else {
				more, left, err := o.matched(matched)
				files, skipped, errs = append(files, more...), append(skipped, left...), append(errs, err)
			}
		case err != nil:
			errs = append(errs, err)
		case info.IsDir():
			found, left, err := o.folder(name)
			files, skipped, errs = append(files, found...), append(skipped, left...), append(errs, err)
		case !info.Mode().IsRegular():
			errs = append(errs, fmt.Errorf("%s is no regular file and can be read only once; write - and pipe into standard input", name))
		default:
			files = append(files, name)
		}
	}
	return files, skipped, errors.Join(errs...)
}

// matched is what a pattern matched: files as they are, folders expanded, hidden ones left out.
func (o Options) matched(names []string) (files, skipped []string, err error) {
	sort.Strings(names)
	visible := names[:0]
	for _, name := range names {
		if !hidden(name) {
			visible = append(visible, name)
		}
	}
	if len(visible) == 0 {
		return nil, nil, nil
	}
	return o.Expand(visible)
}

func hidden(path string) bool { return strings.HasPrefix(filepath.Base(path), ".") }

// folder lists the data files of a folder.
func (o Options) folder(root string) (files, skipped []string, err error) {
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path != root && hidden(path) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			return nil
		}
		info, err := os.Stat(path) // follows a link to a file
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return nil
		}
		if o.Format == "" && formatByName(path) == "" {
			skipped = append(skipped, path)
			return nil
		}
		files = append(files, path)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	sort.Strings(files)
	if len(files) == 0 {
		return nil, nil, fmt.Errorf("the folder %s holds no file that ends in .ndjson, .jsonl, .json, .csv, .tsv, .parquet, .arrow or .feather, compressed or not; name its files, or say with --input-format what they are", root)
	}
	return files, skipped, nil
}
