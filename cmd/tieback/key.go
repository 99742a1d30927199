package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tieback/transform"
)

// keyVariable names the environment variable that holds the token key, 64 hexadecimal digits.
const keyVariable = "TIEBACK_KEY"

// secret reads the token key from the environment or the key file. There is no default: persons
// tokenized under a lost key can never be joined again.
func (s *settings) secret() (*transform.Secret, error) {
	text, from := os.Getenv(keyVariable), keyVariable
	if text == "" {
		name := s.keyFile()
		content, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("there is no token key: set %s to 64 hexadecimal digits or write them to %s (make one with: openssl rand -hex 32 > %s) and keep a copy; persons are stored as tokens made with it", keyVariable, name, name)
		}
		if err != nil {
			return nil, fmt.Errorf("read the token key: %w", err)
		}
		text, from = string(content), name
	}
	key, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return nil, usagef("the token key in %s must be %d hexadecimal digits", from, 2*transform.KeyBytes)
	}
	secret, err := transform.NewSecret(key)
	if err != nil {
		return nil, usagef("%s: %w", from, err)
	}
	return secret, nil
}

// keyFile is where the key lies: the settings' file, else beside the warehouse.
func (s *settings) keyFile() string {
	if s.KeyFile != "" {
		return s.KeyFile
	}
	return filepath.Join(filepath.Dir(s.Warehouse), "tieback.key")
}

// makeKey writes a new key where there is none yet.
func (s *settings) makeKey() (made bool, err error) {
	if os.Getenv(keyVariable) != "" {
		return false, nil
	}
	name := s.keyFile()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return false, fmt.Errorf("make the folder of the key: %w", err)
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("make a token key: %w", err)
	}
	key := make([]byte, transform.KeyBytes)
	rand.Read(key)
	_, err = fmt.Fprintln(file, hex.EncodeToString(key))
	if err = errors.Join(err, file.Close()); err != nil {
		return false, fmt.Errorf("make a token key: %w", errors.Join(err, os.Remove(name))) // half a key would be taken for one
	}
	return true, nil
}
