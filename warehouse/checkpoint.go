package warehouse

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"strings"
	"syscall"
)

// A checkpoint writes DuckDB's log into the file: first new blocks, then a header that names them. But DuckDB 1.5 also adds to
// blocks of metadata that the old header still names, in their place, and gives blocks that the new header frees to
// whoever writes at the same time, before that header is written (its issue #25106). A process that is killed in between leaves
// a file that no longer opens. So there is no checkpoint but this one: nobody writes beside it, and the blocks of metadata
// are kept aside while it lasts; the next start puts them back if the header is still the old one.

const (
	// logBytes is how long the log grows before it is written into the file when nobody else writes, logLimit when a checkpoint
	// waits for those who do. What is not yet in the file lies in memory; DuckDB's default of 16 MB would rewrite half-filled
	// row groups at nearly every commit.
	logBytes, logLimit = 64 << 20, 256 << 20
	// headersAt and blocksAt are where the two headers of a database lie, and where its blocks begin.
	headersAt, blocksAt = 4096, 3 * 4096
	// keptMagic begins a file of kept blocks.
	keptMagic = "tieback1"
)

// keptPath is where blocks of metadata are kept during a checkpoint.
func keptPath(path string) string { return path + ".kept" }

// write does something that writes to the database, with no checkpoint beside it.
func (w *Warehouse) write(do func() error) error {
	w.writing.RLock()
	defer w.writing.RUnlock()
	return do()
}

// checkpointIfLong writes the log into the file when it is long. It must not be called from inside write.
func (w *Warehouse) checkpointIfLong(ctx context.Context) error {
	info, err := os.Stat(w.Path + ".wal")
	if err != nil || info.Size() < logBytes {
		return nil //nolint:nilerr // no log is a short one
	}
	if info.Size() >= logLimit {
		w.writing.Lock()
	} else if !w.writing.TryLock() {
		return nil
	}
	defer w.writing.Unlock()
	return w.checkpointAlone(ctx)
}

// checkpoint writes the log into the file, now.
func (w *Warehouse) checkpoint(ctx context.Context) error {
	w.writing.Lock()
	defer w.writing.Unlock()
	return w.checkpointAlone(ctx)
}

func (w *Warehouse) checkpointAlone(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx) // half a checkpoint helps nobody
	if err := w.keepMetadata(ctx); err != nil {
		return fmt.Errorf("keep metadata during a checkpoint: %w", explainWrite(err))
	}
	// The last row group of dead letters is written anew, with all their bytes in memory at once; where they do not fit, DuckDB
	// is lost to this process. Rows of raw tables are small.
	var letters bool
	if err := w.db.QueryRowContext(ctx, "select exists (from meta.dead_letter)").Scan(&letters); err != nil {
		return fmt.Errorf("look for dead letters: %w", explainWrite(err))
	}
	if letters {
		done, err := w.roomy(ctx)
		if err != nil {
			return err
		}
		defer done()
	}
	if _, err := w.db.ExecContext(ctx, "checkpoint"); err != nil {
		if strings.Contains(err.Error(), "other write transactions active") {
			return nil // the log stays as it is, until the next try
		}
		return fmt.Errorf("write the log into the file: %w", explainWrite(err))
	}
	return removeIfThere(keptPath(w.Path))
}

// keepMetadata writes a file with the headers and the blocks of metadata as they are on the disk: magic, size of a block, number of
// blocks, headers, then each block behind its number, and a checksum.
func (w *Warehouse) keepMetadata(ctx context.Context) (err error) {
	numbers, size, err := w.metadataBlocks(ctx)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(keptPath(w.Path), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	buffered := bufio.NewWriterSize(out, 1<<20)
	sum := crc32.NewIEEE()
	to := io.MultiWriter(buffered, sum)
	head := []byte(keptMagic)
	head = binary.LittleEndian.AppendUint64(head, uint64(size))
	head = binary.LittleEndian.AppendUint64(head, uint64(len(numbers)))
	if _, err := to.Write(head); err != nil {
		return err
	}
	if _, err := io.Copy(to, io.NewSectionReader(w.file, headersAt, blocksAt-headersAt)); err != nil {
		return err
	}
	for _, n := range numbers {
		if _, err := to.Write(binary.LittleEndian.AppendUint64(nil, uint64(n))); err != nil {
			return err
		}
		if _, err := io.Copy(to, io.NewSectionReader(w.file, blocksAt+n*size, size)); err != nil {
			return err
		}
	}
	if err := binary.Write(buffered, binary.LittleEndian, sum.Sum32()); err != nil {
		return err
	}
	return errors.Join(buffered.Flush(), out.Sync())
}

// metadataBlocks lists the blocks of metadata that the file holds, and says how large a block is.
func (w *Warehouse) metadataBlocks(ctx context.Context) (numbers []int64, size int64, err error) {
	if err := w.db.QueryRowContext(ctx, "select block_size from pragma_database_size() where database_name = current_database()").Scan(&size); err != nil {
		return nil, 0, err
	}
	info, err := w.file.Stat()
	if err != nil {
		return nil, 0, err
	}
	rows, err := w.db.QueryContext(ctx, "select distinct block_id from pragma_metadata_info() order by block_id")
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, 0, err
		}
		if blocksAt+(n+1)*size <= info.Size() { // else it was never written
			numbers = append(numbers, n)
		}
	}
	return numbers, size, rows.Err()
}

// putBack undoes what a checkpoint that never ended did to blocks of metadata that the header still needs. Nobody may have
// the database open.
func putBack(path string) error {
	kept, err := os.ReadFile(keptPath(path))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read what was kept during a checkpoint: %w", err)
	}
	if headers, blocks, size := parseKept(kept); headers != nil {
		if err := putBlocks(path, headers, blocks, size); err != nil {
			return fmt.Errorf("put back what a checkpoint left half done: %w", explainWrite(err))
		}
	} // else the process died before the checkpoint began
	return removeIfThere(keptPath(path))
}

// parseKept takes a file of kept blocks apart; headers is nil where it is not whole. Each of blocks is a number and a block.
func parseKept(kept []byte) (headers, blocks []byte, size int64) {
	const fixed = len(keptMagic) + 16 + blocksAt - headersAt
	if len(kept) < fixed+4 || !bytes.HasPrefix(kept, []byte(keptMagic)) {
		return nil, nil, 0
	}
	body, sum := kept[:len(kept)-4], kept[len(kept)-4:]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(sum) {
		return nil, nil, 0
	}
	size = int64(binary.LittleEndian.Uint64(body[len(keptMagic):]))
	n := int64(binary.LittleEndian.Uint64(body[len(keptMagic)+8:]))
	if blocks = body[fixed:]; size <= 0 || int64(len(blocks)) != n*(8+size) {
		return nil, nil, 0
	}
	return body[len(keptMagic)+16 : fixed], blocks, size
}

func putBlocks(path string, headers, blocks []byte, size int64) (err error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil // what was kept belonged to a file that is gone
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	whole := syscall.Flock_t{Type: syscall.F_WRLCK}
	if err := syscall.FcntlFlock(file.Fd(), syscall.F_SETLK, &whole); err != nil {
		return fmt.Errorf("%w: another program has %s open (%w)", ErrHeld, path, err)
	}
	now := make([]byte, len(headers))
	if _, err := file.ReadAt(now, headersAt); err != nil {
		return err
	}
	if !bytes.Equal(now, headers) {
		return nil // the checkpoint came to its end
	}
	for ; len(blocks) > 0; blocks = blocks[8+size:] {
		n := int64(binary.LittleEndian.Uint64(blocks))
		if _, err := file.WriteAt(blocks[8:8+size], blocksAt+n*size); err != nil {
			return err
		}
	}
	return file.Sync()
}
