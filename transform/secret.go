package transform

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"

	"tieback/ingest/event"
)

// KeyBytes is the length of the secret that tokens are made with.
const KeyBytes = 32

// Secret makes tokens of personal identifiers and seals dead letters. It is not
// safe for concurrent use.
type Secret struct {
	mac  hash.Hash
	seal cipher.AEAD
	key  []byte
	sum  [sha256.Size]byte
}

// NewSecret takes the key of KeyBytes bytes. The key for sealing is derived from
// it (HKDF-SHA-256, RFC 5869), so that neither use reveals the other.
func NewSecret(key []byte) (*Secret, error) {
	if len(key) != KeyBytes {
		return nil, fmt.Errorf("the token key must have %d bytes (%d hexadecimal digits), not %d bytes", KeyBytes, 2*KeyBytes, len(key))
	}
	sealKey, err := hkdf.Key(sha256.New, key, nil, "tieback dead letters", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the sealing key: %w", err)
	}
	block, err := aes.NewCipher(sealKey)
	if err != nil {
		return nil, fmt.Errorf("derive the sealing key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("derive the sealing key: %w", err)
	}
	return &Secret{mac: hmac.New(sha256.New, key), seal: aead, key: bytes.Clone(key)}, nil
}

// Fingerprint identifies the key without revealing it, so that a warehouse refuses another one.
func (s *Secret) Fingerprint() string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte("tieback key fingerprint"))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// Token returns the first 16 bytes of HMAC-SHA-256(key, kind ‖ 0x00 ‖ normalized id).
// E-mail addresses are lower-cased, phone numbers brought to E.164 as far as
// their digits allow.
func (s *Secret) Token(kind string, id []byte) (token [16]byte) {
	s.mac.Reset()
	s.mac.Write([]byte(kind))
	s.mac.Write([]byte{0})
	s.mac.Write(normalize(kind, id))
	copy(token[:], s.mac.Sum(s.sum[:0]))
	return token
}

// mark tells a message from others that had its place in the log. It is keyed, because a message may hold little more than an identifier.
func (s *Secret) mark(m *event.Message, headers []byte) int64 {
	var head [24]byte
	binary.LittleEndian.PutUint64(head[:8], uint64(m.Timestamp))
	binary.LittleEndian.PutUint64(head[8:16], uint64(len(m.Key)))
	binary.LittleEndian.PutUint64(head[16:], uint64(len(headers)))
	s.mac.Reset()
	for _, part := range [][]byte{[]byte("tieback dead letter\x00"), head[:], m.Key, headers, m.Value} {
		s.mac.Write(part)
	}
	return int64(binary.LittleEndian.Uint64(s.mac.Sum(s.sum[:0])))
}

func normalize(kind string, id []byte) []byte {
	switch kind {
	case "email":
		return bytes.ToLower(bytes.TrimSpace(id))
	case "phone":
		return normalizePhone(id)
	}
	return bytes.TrimSpace(id)
}

// normalizePhone keeps a leading plus and the digits; 00 in front becomes a plus.
func normalizePhone(id []byte) []byte {
	out := make([]byte, 0, len(id)+1)
	for _, c := range id {
		if c >= '0' && c <= '9' || c == '+' && len(out) == 0 {
			out = append(out, c)
		}
	}
	if bytes.HasPrefix(out, []byte("00")) {
		out = append([]byte("+"), out[2:]...)
	}
	return out
}

// Seal encrypts bytes with AES-256-GCM under a random nonce, which stands in front. nil stays nil.
func (s *Secret) Seal(plain []byte) []byte {
	if plain == nil {
		return nil
	}
	nonce := make([]byte, s.seal.NonceSize(), s.seal.NonceSize()+len(plain)+s.seal.Overhead())
	rand.Read(nonce) // never fails, see crypto/rand
	return s.seal.Seal(nonce, nonce, plain, nil)
}

// Open reverses Seal.
func (s *Secret) Open(sealed []byte) ([]byte, error) {
	if sealed == nil {
		return nil, nil
	}
	if len(sealed) < s.seal.NonceSize() {
		return nil, errors.New("the sealed bytes are too short: the dead letter is damaged")
	}
	nonce, box := sealed[:s.seal.NonceSize()], sealed[s.seal.NonceSize():]
	plain, err := s.seal.Open([]byte{}, nonce, box, nil)
	if err != nil {
		return nil, fmt.Errorf("unseal a dead letter (is it the same token key?): %w", err)
	}
	return plain, nil
}
