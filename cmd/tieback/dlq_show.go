package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tieback/warehouse"
)

// dlqShow prints the bytes of one message, or of those of a filter.
func (a *app) dlqShow() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show [TOPIC PARTITION OFFSET]", Short: "Print the message of one dead letter, or those of a filter, a line each",
		Long: `Print the bytes of the message at one place, or the messages of a filter: each once, a line each, the oldest first. JSON that stands on
several lines is joined into one; any other message with line breaks needs --into, which writes every message, byte for byte, to a file
of its own. What was mended goes back by tieback produce --input-format ndjson FILE, and from files of --into by
tieback produce --input-format json DIR/*; --topic where the messages are no events.`,
		Args: misusedArgs(func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return cobra.ExactArgs(3)(cmd, args)
		}),
	}
	request := dlqRequest{Action: "show"}
	parse := letterFlags(cmd, &request.Filter)
	into := cmd.Flags().String("into", "", "write each message to a file of its own in this `folder`")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := parse(); err != nil {
			return err
		}
		if len(args) == 0 && request.Filter == (warehouse.DeadLetterFilter{}) {
			return usagef("say which dead letters to show: TOPIC PARTITION OFFSET, or --code, --topic, --since, --before, --limit")
		}
		if len(args) > 0 {
			partition, err1 := strconv.ParseInt(args[1], 10, 32)
			offset, err2 := strconv.ParseInt(args[2], 10, 64)
			if err := errors.Join(err1, err2); err != nil {
				return usagef("partition and offset must be numbers, as dlq list shows them: %w", err)
			}
			p := int32(partition)
			request.Filter.Topic, request.Filter.Partition, request.Filter.Offset = args[0], &p, &offset
		}
		var found bytes.Buffer
		if err := a.dlq(cmd.Context(), request, &found); err != nil {
			return err
		}
		messages, err := decodeShown(&found)
		switch {
		case err != nil:
			return err
		case *into != "":
			return writeShown(messages, *into, a.out)
		case len(args) > 0 && len(messages) == 1:
			_, err := a.out.Write(messages[0].Value)
			return err
		}
		return printShown(messages, a.out)
	}
	return cmd
}

// shownMessage is the message of dead letters, as the process that holds the warehouse hands it to the command.
type shownMessage struct {
	Topic     string
	Partition int32
	Offset    int64
	Value     []byte
}

// encodeShown writes the messages of dead letters, each once: several of its events may be dead letters.
func encodeShown(letters []warehouse.DeadLetter, s *settings, out io.Writer) error {
	if len(letters) == 0 {
		return errors.New("there is no such dead letter; tieback dlq list shows them")
	}
	secret, err := s.secret()
	if err != nil {
		return err
	}
	done := make(map[letterMessage]bool)
	encoder := json.NewEncoder(out)
	for _, d := range letters {
		is := messageOf(d)
		if done[is] {
			continue
		}
		done[is] = true
		value, err := secret.Open(d.Payload)
		if err != nil {
			return err
		}
		if err := encoder.Encode(shownMessage{d.Topic, d.Partition, d.Offset, value}); err != nil {
			return fmt.Errorf("show a dead letter: %w", err)
		}
	}
	return nil
}

func decodeShown(found io.Reader) (messages []shownMessage, err error) {
	decoder := json.NewDecoder(found)
	for {
		var m shownMessage
		if err := decoder.Decode(&m); errors.Is(err, io.EOF) {
			return messages, nil
		} else if err != nil {
			return nil, fmt.Errorf("the process that holds the warehouse answers otherwise; is it of another version? %w", err)
		}
		messages = append(messages, m)
	}
}

// printShown prints each message on a line, or none of them where one cannot stand on a line.
func printShown(messages []shownMessage, out io.Writer) error {
	var lines bytes.Buffer
	for _, m := range messages {
		if bytes.ContainsAny(m.Value, "\r\n") {
			var joined bytes.Buffer
			if json.Compact(&joined, m.Value) != nil {
				return fmt.Errorf("%s %d %d is no JSON and has line breaks: --into FOLDER writes every message to a file of its own", m.Topic, m.Partition, m.Offset)
			}
			m.Value = joined.Bytes()
		}
		lines.Write(m.Value)
		lines.WriteByte('\n')
	}
	_, err := lines.WriteTo(out)
	return err
}

// writeShown writes each message to a file that is named after its place. It overwrites none, and nobody else may read them.
func writeShown(messages []shownMessage, folder string, out io.Writer) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("write dead letters: %w", err)
	}
	at := make(map[string]int) // how many messages had the place: a topic made anew gives it again
	for _, m := range messages {
		name := fmt.Sprintf("%s-%d-%d", strings.ReplaceAll(m.Topic, ":", "-"), m.Partition, m.Offset)
		if at[name]++; at[name] > 1 {
			name += fmt.Sprintf("-%d", at[name])
		}
		if err := writeNew(filepath.Join(folder, name+".json"), m.Value, 0o600); err != nil {
			return fmt.Errorf("write dead letters: %w", err)
		}
	}
	fmt.Fprintf(out, "wrote %d messages to %s\n", len(messages), folder)
	return nil
}
