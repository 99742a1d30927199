package ingest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/snappy"
)

// xerial is how the Java client frames blocks of snappy: this, two versions, then blocks with their lengths.
var xerial = []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0}

const (
	xerialHead = 16
	// maxSnappy is more than snappy can make of one byte: it copies at most 64 by 3.
	maxSnappy = 32
)

// snappyReader inflates block by block. A block that claims to become more than it can is refused before memory is taken for it.
type snappyReader struct {
	rest   []byte
	framed bool
	block  []byte
	unread []byte
}

func newSnappyReader(body []byte) *snappyReader {
	if bytes.HasPrefix(body, xerial) && len(body) >= xerialHead {
		return &snappyReader{rest: body[xerialHead:], framed: true}
	}
	return &snappyReader{rest: body}
}

func (s *snappyReader) Read(b []byte) (int, error) {
	for len(s.unread) == 0 {
		if len(s.rest) == 0 {
			return 0, io.EOF
		}
		if err := s.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, s.unread)
	s.unread = s.unread[n:]
	return n, nil
}

// next inflates a block.
func (s *snappyReader) next() error {
	packed := s.rest
	if s.framed {
		if len(packed) < 4 {
			return errors.New("the length of a snappy block is cut off")
		}
		n := int64(binary.BigEndian.Uint32(packed))
		if packed = packed[4:]; n > int64(len(packed)) {
			return errors.New("a snappy block is cut off")
		}
		packed = packed[:n]
		s.rest = s.rest[4+n:]
	} else {
		s.rest = nil
	}
	size, err := snappy.DecodedLen(packed)
	if err != nil || size > maxSnappy*len(packed)+64 {
		return fmt.Errorf("a snappy block of %d bytes claims to become %d (%w)", len(packed), size, snappy.ErrCorrupt)
	}
	if s.block, err = snappy.Decode(s.block[:cap(s.block)], packed); err != nil {
		return err
	}
	s.unread = s.block
	return nil
}
