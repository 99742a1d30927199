//go:build integration

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// node is an Apache Kafka node of a test's own: a process that the test may stop and kill.
type node struct {
	*testing.T
	address string
}

// startNode starts a node on a free port; settings are lines of server.properties that win over those of ci/kafka/start.
func startNode(t *testing.T, settings ...string) *node {
	t.Helper()
	if os.Getenv("TIEBACK_TEST_BROKERS") == "" {
		t.Skip("TIEBACK_TEST_BROKERS is not set; make integration sets it")
	}
	file := filepath.Join(t.TempDir(), "server.properties")
	if err := os.WriteFile(file, []byte(strings.Join(settings, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	n := &node{T: t}
	n.address = strings.TrimSpace(n.script("start", "--settings", file, "0"))
	t.Cleanup(func() { n.end() })
	return n
}

// script runs one of ci/kafka for at most two minutes and returns its standard output.
func (n *node) script(name string, args ...string) string {
	n.Helper()
	// Not the test's context: that one has ended when nodes are stopped.
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join("..", "..", "ci", "kafka", name), args...)
	cmd.Env = append(os.Environ(), "KAFKA_HEAP=256m")
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		n.Fatalf("ci/kafka/%s %s: %v\n%s", name, strings.Join(args, " "), err, errOut.String())
	}
	return out.String()
}

func (n *node) port() string { return n.address[strings.LastIndex(n.address, ":")+1:] }

// controller is the address of the node's controller; ci/kafka/start gives it the port behind the broker's.
func (n *node) controller() string {
	n.Helper()
	port, err := strconv.Atoi(n.port())
	if err != nil {
		n.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", port+1)
}

// end stops the node and removes its data; --keep leaves them, --kill gives it no time to end.
func (n *node) end(options ...string) {
	n.Helper()
	n.script("stop", append(options, n.port())...)
}

// again starts a node that was stopped, on its data.
func (n *node) again() {
	n.Helper()
	n.script("start", "--again", n.port())
}
