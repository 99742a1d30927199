package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tieback/warehouse"
)

// The control socket lets other commands use a warehouse that ingest holds: one JSON request, one JSON reply.

// controlReply is the answer to a build request.
type controlReply struct {
	Built warehouse.Built
	Error string
	Usage bool
}

// socketPath is where the holder of a warehouse listens. Socket names are short, so a long path
// stands in the temporary folder under a name made of the warehouse's.
func socketPath(warehouse string) string {
	path := warehouse + ".sock"
	if abs, err := filepath.Abs(path); err == nil && len(abs) > 100 {
		return path[max(0, len(path)-100):]
	}
	return path
}

// serveControl listens until stop is called.
func (a *app) serveControl(ctx context.Context, w *warehouse.Warehouse, s *settings) (stop func(), err error) {
	path := socketPath(s.Warehouse)
	// The lock is ours, so a socket that is there was left by a process that died.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove the old control socket: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on the control socket: %w", err)
	}
	var serving sync.WaitGroup
	serving.Add(1)
	go func() {
		defer serving.Done()
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Add(1)
			go func() {
				defer serving.Done()
				defer conn.Close()
				a.answer(ctx, w, conn)
			}()
		}
	}()
	return func() { _ = listener.Close(); serving.Wait() }, nil
}

// answer serves one request.
func (a *app) answer(ctx context.Context, w *warehouse.Warehouse, conn net.Conn) {
	var request buildRequest
	var reply controlReply
	if err := json.NewDecoder(conn).Decode(&request); err != nil {
		reply.Error = "the request is not understood: " + err.Error()
	} else if reply.Built, err = a.buildIn(ctx, w, request); err != nil {
		reply.Error = err.Error()
		var usage usageError
		reply.Usage = errors.As(err, &usage)
	}
	if err := json.NewEncoder(conn).Encode(reply); err != nil {
		a.log.Warn("the asker left before the answer", "error", err)
	}
}

// askControl asks the holder of a warehouse to build; answered is false where nobody listens.
func askControl(ctx context.Context, path string, request buildRequest) (answered bool, built warehouse.Built, err error) {
	dialer := net.Dialer{Timeout: 2 * time.Second}
	conn, err := dialer.DialContext(ctx, "unix", socketPath(path))
	if err != nil {
		return false, built, nil
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if request.Models != "" {
		if request.Models, err = filepath.Abs(request.Models); err != nil {
			return true, built, err
		}
	}
	if err := json.NewEncoder(conn).Encode(request); err != nil {
		return true, built, fmt.Errorf("ask the process that holds the warehouse: %w", err)
	}
	var reply controlReply
	if err := json.NewDecoder(conn).Decode(&reply); err != nil {
		return true, built, fmt.Errorf("the process that holds the warehouse gave no answer: %w", err)
	}
	if reply.Error != "" {
		err = errors.New(reply.Error)
		if reply.Usage {
			err = usageError{err}
		}
	}
	return true, reply.Built, err
}
