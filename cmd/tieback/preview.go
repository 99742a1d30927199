package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tieback/ingest"
	filerecords "tieback/ingest/records"
	"tieback/warehouse"
)

// previewLimit is how many records of each file or topic a preview reads.
const previewLimit = 10_000

func (a *app) previewCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "preview FILE|TOPIC…",
		Short: "Say what would be read of files or topics, and which figures they would bring; writes nothing",
		Long: `Read the first records of files or topics by the path of load and ingest into a warehouse that is thrown away. It says how many
would be accepted, left out or refused and why, shows the first events, and lists the figures that could be said with them and what the
others need. Several files and topics are looked at together. An argument is a file where one of that name exists, a pattern, or
"-"; else a topic, whose map is that of the settings unless --map names one.

Nothing is kept: no row, no position, no consumer group, no key.

` + inputHelp,
		Args: misusedArgs(cobra.MinimumNArgs(1)),
	}
	format := formatFlag(cmd, "text", "json")
	input := a.inputFlags(cmd)
	mapName := cmd.Flags().String("map", "", "`map` of the records: a built-in one's name, or the path of an own one")
	limit := cmd.Flags().Int("limit", previewLimit, "read at most so many records of each file or topic")
	events := cmd.Flags().Int("events", 3, "show so many of the first events")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *limit < 1 || *events < 0 {
			return usagef("--limit must be at least 1, --events at least 0")
		}
		s, err := a.settings()
		if err != nil {
			return err
		}
		p := &previewing{app: a, s: s, mapName: *mapName, tap: &tap{limit: *limit, wanted: *events, decoder: s.decoder}}
		names, topics := splitArguments(args)
		if len(names) > 0 {
			if p.files, p.options, err = input(s, names); err != nil {
				return err
			}
		}
		p.topics = topics
		result, err := p.run(cmd.Context())
		if err != nil {
			return err
		}
		return result.print(a.out, *format)
	}
	return cmd
}

// splitArguments tells files from topics.
func splitArguments(args []string) (files, topics []string) {
	for _, arg := range args {
		_, err := os.Stat(arg)
		if err == nil || arg == "-" || strings.ContainsAny(arg, `*?[/\`) {
			files = append(files, arg)
		} else {
			topics = append(topics, arg)
		}
	}
	return files, topics
}

// previewing is one preview.
type previewing struct {
	*app
	s       *settings
	mapName string
	files   []string
	options filerecords.Options
	topics  []string
	tap     *tap
	// notes say what a reader of the result must know beside it.
	notes []string
}

// run reads everything into a warehouse in a folder of its own, builds it, and removes it.
func (p *previewing) run(ctx context.Context) (seen *preview, err error) {
	tameMemory()
	folder, err := os.MkdirTemp("", "tieback-preview-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the preview: %w", err)
	}
	defer os.RemoveAll(folder)
	if err := p.settle(folder); err != nil {
		return nil, err
	}
	w, err := p.open(ctx, p.s, "tieback preview", true)
	if err != nil {
		return nil, err
	}
	defer p.close(w, &err)
	total, err := p.read(ctx, w)
	if err != nil {
		return nil, err
	}
	if total.Consumed == 0 {
		return nil, fmt.Errorf("there is nothing to preview: %s holds no record", strings.Join(append(p.files, p.topics...), ", "))
	}
	result := &preview{Summary: newSummary(total), Events: p.tap.events, Limited: p.tap.limited, Notes: p.notes}
	if err := p.describe(ctx, w, result); err != nil {
		return nil, err
	}
	if err := p.judge(ctx, w, result); err != nil {
		return nil, err
	}
	if total.Written == 0 {
		result.Suggestions, err = p.suggest()
	}
	return result, err
}

// settle makes settings that touch nothing of the company's: an own warehouse, and an own key where there is none.
func (p *previewing) settle(folder string) error {
	p.s.Warehouse = filepath.Join(folder, "preview.duckdb")
	p.s.KeyFile = filepath.Join(folder, "preview.key")
	if _, err := p.s.makeKey(); err != nil {
		return err
	}
	p.options.Foreign = p.mapName != ""
	p.options.Otherwise = func(why error) {
		p.notes = append(p.notes, fmt.Sprintf("these rows are no events, a map must make them: %s", why))
	}
	p.s.files(p.mapName, p.options.Source)
	for _, name := range p.topics {
		i := slices.IndexFunc(p.s.Topics, func(t topicSettings) bool { return t.Name == name })
		if i < 0 {
			p.s.Topics = append(p.s.Topics, topicSettings{Name: name})
			i = len(p.s.Topics) - 1
		}
		if p.mapName != "" {
			p.s.Topics[i].Map = p.mapName
		}
	}
	return nil
}

// read reads files first, then topics, each for itself: what is beyond the limit is not even fetched.
func (p *previewing) read(ctx context.Context, w *warehouse.Warehouse) (total ingest.Summary, err error) {
	maps, err := p.s.openMaps()
	if err != nil {
		return total, err
	}
	translate, err := p.translate(p.s)
	if err != nil {
		return total, err
	}
	take := func(name string, source ingest.Source) error {
		p.tap.begin(name, source)
		result, err := p.runIngest(ctx, w, p.s, p.tap.collect(maps.source(p.tap, translate), translate == nil), reading{again: true, translate: p.tap.translated(translate)}, nil)
		total.Add(result)
		return err
	}
	for _, name := range p.files {
		source, err := ingest.NewRecordSource([]string{name}, p.now().UnixMicro(), p.options.FileFormat(), func(string) int64 { return 0 })
		if err != nil {
			return total, err
		}
		if err := take(name, source); err != nil {
			return total, err
		}
	}
	for _, name := range p.topics {
		source, err := ingest.OpenKafka(ctx, ingest.KafkaConfig{Brokers: p.s.Brokers, Topics: []string{name}, UntilEnd: true, OnReset: ingest.ResetEarliest,
			Security: p.s.Security.forIngest(), Log: p.log}, func(ingest.Partition) (int64, bool) { return 0, false })
		if err != nil {
			return total, p.notPreviewed(name, err)
		}
		err = take(name, source)
		if err = errors.Join(err, source.Close()); err != nil {
			return total, err
		}
	}
	return total, nil
}

// notPreviewed is the error of an argument that is no file and cannot be read as a topic.
func (p *previewing) notPreviewed(name string, err error) error {
	if errors.Is(err, ingest.ErrNoTopic) {
		return fmt.Errorf("%s is neither a file here nor a topic at %s", name, strings.Join(p.s.Brokers, ","))
	}
	return fmt.Errorf("%s is no file here, so it is taken for a topic: %w", name, err)
}

// judge builds the models and says which figures they bring.
func (p *previewing) judge(ctx context.Context, w *warehouse.Warehouse, result *preview) error {
	request, err := p.s.buildRequest("", false)
	if err != nil {
		return err
	}
	if request.Settings.Values["reporting_currency"] == "" {
		seen, err := w.Currencies(ctx)
		if err != nil {
			return err
		}
		if len(seen) > 1 {
			request.Settings.Values["reporting_currency"] = seen[0]
			result.Notes = append(result.Notes, fmt.Sprintf("amounts come in %s: reporting_currency in tieback.yaml says which to report in, and fx.rate events convert the others; here it is %s", list(seen), seen[0]))
		}
	}
	if _, err := p.buildIn(ctx, w, p.s, request); err != nil {
		return fmt.Errorf("build the models over what was read: %w", err)
	}
	snapshot, err := warehouse.OpenSnapshot(ctx, p.s.Warehouse)
	if err != nil {
		return err
	}
	figures, err := snapshot.Answerables(ctx)
	for _, f := range figures {
		if f.Model != "" { // this version computes it
			result.Figures = append(result.Figures, figure{Figure: f.Figure, State: f.State, Needs: f.Needs})
		}
	}
	return errors.Join(err, snapshot.Close())
}

// list joins words for readers.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
