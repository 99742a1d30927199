package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	Build  *buildRequest
	DLQ    *dlqRequest
	Backup *backupRequest
	Reread *rereadRequest
	Load   *loadRequest
	Forget *forgetRequest
}

// controlReply is the answer: Output and Notes are for standard output and standard error, Code is the exit code of an Error.
type controlReply struct {
	Built  warehouse.Built
	Output []byte
	Notes  []byte
	Error  string
	Code   int
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
func (c *consuming) serveControl(ctx context.Context) (stop func(), err error) {
	path := socketPath(c.s.Warehouse)
	// The lock is ours, so a socket that is there was left by a process that died.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove the old control socket: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err == nil {
		// Whoever may ask here may read dead letters: nobody but the user whose key it is.
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on the control socket: %w", err)
	}
	asking, noMore := context.WithCancel(ctx)
	var serving sync.WaitGroup
	var busy sync.Mutex
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
				c.serveOne(ctx, asking, conn, &busy)
			}()
		}
	}()
	return func() { _ = listener.Close(); noMore(); serving.Wait() }, nil
}

// serveOne serves one client: it waits for the request while asking lasts, and works while ctx lasts. For a client that has
// left nothing is begun, and what was begun is given up, as if the command had run by itself.
func (c *consuming) serveOne(ctx, asking context.Context, conn net.Conn, busy *sync.Mutex) {
	request, err := readRequest(asking, conn)
	ctx, gone := context.WithCancel(ctx)
	defer gone()
	if err == nil {
		go func() {
			_, _ = io.Copy(io.Discard, conn) // ends when the client has left
			gone()
		}()
	}
	busy.Lock()
	defer busy.Unlock()
	if ctx.Err() != nil && err == nil {
		err = ctx.Err()
	} else if err != nil {
		err = fmt.Errorf("the request is not understood: %w", err)
	}
	var reply controlReply
	if err == nil {
		err = c.answer(ctx, request, &reply)
	}
	if err != nil {
		reply.Error, reply.Code = c.errorText(err), exitCode(err)
	}
	if err := json.NewEncoder(conn).Encode(reply); err != nil {
		c.log.Debug("the asker left before the answer", "error", err)
	}
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
	stop()
	return request, errors.Join(err, conn.SetReadDeadline(time.Time{}))
}

// answer does what one request asks for.
func (c *consuming) answer(ctx context.Context, request controlRequest, reply *controlReply) (err error) {
	var out, notes bytes.Buffer
	defer func() { reply.Output, reply.Notes = out.Bytes(), notes.Bytes() }()
	switch {
	case request.Build != nil:
		began := c.now()
		reply.Built, err = c.buildIn(ctx, c.w, c.s, *request.Build)
		c.watch.instruments.built(c.now().Sub(began), err)
		if reply.Built.Erased != (warehouse.Erasure{}) {
			c.log.Info(erasedText(reply.Built.Erased))
		}
		return err
	case request.Reread != nil:
		return c.rereadBeside(ctx, *request.Reread, &out)
	case request.Load != nil:
		return c.loadBeside(ctx, *request.Load, &out, &notes)
	case request.Backup != nil:
		return c.backupIn(ctx, c.w, *request.Backup, &out)
	case request.Forget != nil:
		return c.whileAlone(ctx, "forget", func() error { return c.forgetIn(ctx, c.w, c.s, *request.Forget, &out) })
	case request.DLQ != nil && request.DLQ.Action == "replay":
		// Whoever decodes gives out the codes of new words: two at once would give one code twice.
		s := request.DLQ.Reading.heldBy(c.s)
		return c.whileAlone(ctx, "dlq replay", func() error { return c.dlqIn(ctx, c.w, s, *request.DLQ, &out) })
	case request.DLQ != nil:
		return c.dlqIn(ctx, c.w, c.s, *request.DLQ, &out)
	}
	return errors.New("the request is not understood: it asks for nothing known")
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
		err = remoteError{errors.New(reply.Error), max(reply.Code, exitFailed)}
	}
	return true, reply, err
}
