package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
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

// controlRequest asks for one thing.
type controlRequest struct {
	Build *buildRequest
	DLQ   *dlqRequest
}

// controlReply is the answer.
type controlReply struct {
	Built  warehouse.Built
	Output []byte
	Error  string
	Usage  bool
}

// maxSocketPath is how long the name of a socket may be; systems allow about 104 bytes.
const maxSocketPath = 100

// requestWait is how long a client that has connected may take to say what it wants.
const requestWait = 10 * time.Second

// socketPath is where the holder of a warehouse listens. Socket names are short, so that of a long path
// stands in the temporary folder under a name made of the warehouse's.
func socketPath(warehouse string) string {
	path := warehouse + ".sock"
	if abs, err := filepath.Abs(path); err == nil && len(abs) > maxSocketPath {
		sum := sha256.Sum256([]byte(abs))
		return filepath.Join(os.TempDir(), "tieback-"+hex.EncodeToString(sum[:8])+".sock")
	}
	return path
}

// serveControl listens until stop is called. Requests are served one after another: two builds at once
// would write the same tables.
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
	asking, noMore := context.WithCancel(ctx)
	var serving sync.WaitGroup
	var building sync.Mutex
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
				request, err := readRequest(asking, conn)
				building.Lock()
				defer building.Unlock()
				a.answer(ctx, w, s, conn, request, err)
			}()
		}
	}()
	return func() { _ = listener.Close(); noMore(); serving.Wait() }, nil
}

// readRequest waits for what a client wants, for a while and no longer than ctx lasts: a silent one must
// not keep ingest from ending.
func readRequest(ctx context.Context, conn net.Conn) (controlRequest, error) {
	var request controlRequest
	if err := conn.SetReadDeadline(time.Now().Add(requestWait)); err != nil {
		return request, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })
	defer stop()
	err := json.NewDecoder(conn).Decode(&request)
	return request, err
}

// answer serves one request; failed says why it could not be read.
func (a *app) answer(ctx context.Context, w *warehouse.Warehouse, s *settings, conn net.Conn, request controlRequest, failed error) {
	var reply controlReply
	var err error
	switch {
	case failed != nil:
		err = fmt.Errorf("the request is not understood: %w", failed)
	case request.Build != nil:
		reply.Built, err = a.buildIn(ctx, w, *request.Build)
	case request.DLQ != nil && request.DLQ.Action == "replay":
		err = errors.New("replay needs the warehouse for itself: stop ingest, replay, start ingest again; nothing is lost meanwhile")
	case request.DLQ != nil:
		var out bytes.Buffer
		err = a.dlqIn(ctx, w, s, *request.DLQ, &out)
		reply.Output = out.Bytes()
	default:
		err = errors.New("the request is not understood: it asks for nothing known")
	}
	if err != nil {
		reply.Error = err.Error()
		var usage usageError
		reply.Usage = errors.As(err, &usage)
	}
	if err := json.NewEncoder(conn).Encode(reply); err != nil {
		a.log.Warn("the asker left before the answer", "error", err)
	}
}

// askControl asks the holder of a warehouse; answered is false where nobody listens.
func askControl(ctx context.Context, path string, request controlRequest) (answered bool, reply controlReply, err error) {
	dialer := net.Dialer{Timeout: 2 * time.Second}
	conn, err := dialer.DialContext(ctx, "unix", socketPath(path))
	if err != nil {
		return false, reply, nil
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if err := json.NewEncoder(conn).Encode(request); err != nil {
		return true, reply, fmt.Errorf("ask the process that holds the warehouse: %w", err)
	}
	if err := json.NewDecoder(conn).Decode(&reply); err != nil {
		return true, reply, fmt.Errorf("the process that holds the warehouse gave no answer: %w", err)
	}
	if reply.Error != "" {
		err = errors.New(reply.Error)
		if reply.Usage {
			err = usageError{err}
		}
	}
	return true, reply, err
}
