package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/spf13/cobra"

	"tieback/evidence"
	"tieback/ingest/event"
	"tieback/transform"
	"tieback/warehouse"
)

// forgetTopic is the log in which erasures asked for by hand stand. No Kafka topic can be called so.
const forgetTopic = "command:forget"

// forgetRequest asks for the erasure of persons; it also travels over the control socket, which only its own user may read.
type forgetRequest struct {
	Kind string
	IDs  []string
	// Settings say which links are certain enough.
	Settings warehouse.Settings
}

func (a *app) forgetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "forget --kind KIND --id-file FILE|-",
		Short: "Erase persons: everything that is known to be theirs",
		Long: `Erase the persons whose ids stand in a file or on standard input, one a line: never on the command line, which others can read.
It does at once what a privacy.erasure event does at the next build: the person and every identity linked to that person lose their
rows or their names in them, and stay erased, whatever comes again. Orders stay in the ledger, without the person.

The models and the snapshot follow with tieback build, backups with tieback backup --drop-older (docs/operations.md).`,
		Args: misusedArgs(cobra.NoArgs),
	}
	kind := cmd.Flags().String("kind", "", "what the ids are: customer, email, phone, member, visitor, or a `platform`")
	file := cmd.Flags().String("id-file", "", "`file` with one id a line; - is standard input")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.settings()
		if err != nil {
			return err
		}
		if *kind == "" || *file == "" {
			return usagef("say whom to forget: --kind customer --id-file FILE, or --id-file - and the ids on standard input")
		}
		ids, err := a.readIDs(*file)
		if err != nil {
			return err
		}
		request, err := s.buildRequest("", false)
		if err != nil {
			return err
		}
		return a.forget(cmd.Context(), s, forgetRequest{Kind: *kind, IDs: ids, Settings: request.Settings})
	}
	return cmd
}

// readIDs reads one id a line.
func (a *app) readIDs(name string) ([]string, error) {
	in := a.in
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read the ids: %w", err)
		}
		defer func() { _ = file.Close() }() // only read
		in = file
	}
	var ids []string
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if id := strings.TrimSpace(lines.Text()); id != "" {
			ids = append(ids, id)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the ids: %w", err)
	}
	if len(ids) == 0 {
		return nil, usagef("%s holds no id; write one a line", name)
	}
	return ids, nil
}

// forget asks the process that holds the warehouse, or opens it itself.
func (a *app) forget(ctx context.Context, s *settings, request forgetRequest) (err error) {
	if answered, reply, err := askControl(ctx, s.Warehouse, controlRequest{Forget: &request}); answered {
		if err == nil {
			_, err = a.out.Write(reply.Output)
		}
		return err
	}
	if err := s.mustHaveWarehouse(); err != nil {
		return err
	}
	w, err := a.open(ctx, s, "tieback forget", true)
	if err != nil {
		return err
	}
	defer a.close(w, &err)
	return a.forgetIn(ctx, w, s, request, a.out)
}

// forgetIn stores the erasures as events, so that there is a record, and carries them out. Nobody else may decode meanwhile.
func (a *app) forgetIn(ctx context.Context, w *warehouse.Warehouse, s *settings, request forgetRequest, out io.Writer) error {
	if err := a.storeErasures(ctx, w, s, request); err != nil {
		return err
	}
	erased, err := w.Erase(ctx, warehouse.Build{Settings: request.Settings, Computed: evidence.Models(), Log: a.log})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "asked for %d persons\n%s\n", len(request.IDs), erasedText(erased))
	if err := a.forgetLetters(ctx, w, s, out); err != nil {
		return err
	}
	fmt.Fprintln(out, "next: tieback build publishes a snapshot without them and removes those before it; tieback backup --drop-older does the same for backups")
	return nil
}

// erasedText says what erasures changed.
func erasedText(e warehouse.Erasure) string {
	return fmt.Sprintf("erased %d identities: %d rows stay without the person, %d rows were deleted", e.Tokens, e.Changed, e.Deleted)
}

// storeErasures appends a privacy.erasure event a person, by the way of all events.
func (a *app) storeErasures(ctx context.Context, w *warehouse.Warehouse, s *settings, request forgetRequest) error {
	secret, err := s.secret()
	if err != nil {
		return err
	}
	words, err := w.Words(ctx)
	if err != nil {
		return err
	}
	positions, err := w.Positions(ctx)
	if err != nil {
		return err
	}
	builder := transform.NewBuilder(memory.DefaultAllocator, secret, transform.NewWords(words))
	defer builder.Close()
	first := positions[forgetTopic][0].Next
	var row event.Row
	for i, id := range request.IDs {
		m, err := a.erasureMessage(request.Kind, id)
		if err != nil {
			return err
		}
		if err := s.decoder(forgetTopic).Decode(m, &row); err != nil {
			return usagef("id %d of %d: %w", i+1, len(request.IDs), err)
		}
		if err := builder.Append(&row, m, transform.Position{Topic: forgetTopic, Offset: first + int64(i)}); err != nil {
			return err
		}
	}
	cut := builder.Cut()
	defer cut.Release()
	n := int64(len(request.IDs))
	_, err = w.Append(ctx, &warehouse.Batch{
		Rows: cut.Rows, Keys: cut.Keys, DeadLetters: cut.DeadLetters, Words: cut.Words, FirstWord: cut.FirstWord,
		Ranges:    []warehouse.Range{{Topic: forgetTopic, First: first, Next: first + n, Consumed: n}},
		Conflicts: func(seqs []uint32) (arrow.RecordBatch, error) { return cut.Conflicts(seqs, secret) },
	})
	return err
}

// erasureMessage is the event of one erasure. Its id says nothing about the person.
func (a *app) erasureMessage(kind, person string) (*event.Message, error) {
	id := make([]byte, 16)
	rand.Read(id) // never fails, see crypto/rand
	now := a.now().UTC()
	value, err := json.Marshal(map[string]string{
		"id": hex.EncodeToString(id), "source": "tieback forget", "type": "privacy.erasure", "time": now.Format(time.RFC3339Nano),
		"person_kind": kind, "person": person,
	})
	if err != nil {
		return nil, fmt.Errorf("write an erasure: %w", err)
	}
	return &event.Message{Value: value, Timestamp: now.UnixMicro()}, nil
}

// forgetLetters deletes the dead letters that name an erased person, and says how many cannot be searched.
func (a *app) forgetLetters(ctx context.Context, w *warehouse.Warehouse, s *settings, out io.Writer) error {
	tokens, err := w.ErasedTokens(ctx)
	if err != nil || len(tokens) == 0 {
		return err
	}
	letters, err := w.DeadLetters(ctx, warehouse.DeadLetterFilter{Unsearched: true})
	if err != nil || len(letters) == 0 {
		return err
	}
	secret, err := s.secret()
	if err != nil {
		return fmt.Errorf("dead letters were not searched for erased persons: %w", err)
	}
	platforms, err := w.PersonPlatforms(ctx)
	if err != nil {
		return err
	}
	search := transform.NewSearch(secret, tokens, platforms, s.Aliases)
	var deleted int64
	unreadable := 0
	for _, d := range letters {
		m, err := unseal(secret, d)
		if err != nil {
			return err
		}
		named, readable := search.Names(m)
		if !named && !readable {
			unreadable++
		}
		if !named {
			continue
		}
		n, err := w.Discard(ctx, warehouse.DeadLetterFilter{Topic: d.Topic, Partition: &d.Partition, Offset: &d.Offset, Identity: d.Identity})
		if err != nil {
			return err
		}
		deleted += n
	}
	if err := w.MarkSearched(ctx, letters); err != nil {
		return err
	}
	if deleted > 0 {
		fmt.Fprintf(out, "deleted %d dead letters that name an erased person\n", deleted)
	}
	if unreadable > 0 {
		fmt.Fprintf(out, "%d dead letters are no JSON: only their words could be compared; tieback dlq discard --code not_json --before DATE forgets old ones\n", unreadable)
	}
	return nil
}

// forgetBeside is forgetLetters for a build, which needs no token key: without one it says that there is something to do.
func (a *app) forgetBeside(ctx context.Context, w *warehouse.Warehouse, s *settings) {
	var said strings.Builder
	err := a.forgetLetters(ctx, w, s, &said)
	for line := range strings.Lines(said.String()) {
		a.log.Info(strings.TrimSpace(line))
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		a.log.Warn("dead letters of erased persons may be left", "error", err)
	}
}
