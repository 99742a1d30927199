package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
)

// OffsetReset says what to do where the log no longer holds the stored position.
type OffsetReset string

// The policies. Fail is the default: an operator decides.
const (
	ResetFail     OffsetReset = "fail"
	ResetEarliest OffsetReset = "earliest"
	ResetLatest   OffsetReset = "latest"
)

// Fetch bounds.
const (
	// fetchBytes is what is asked of one broker at a time, in compressed bytes, shared among its partitions, each of which gets
	// between minAsk and maxAsk; a batch that is larger comes alone. What they become in memory is bounded chunk by chunk.
	fetchBytes, minAsk, maxAsk = 4 << 20, 64 << 10, 1 << 20
	// maxFetch bounds the answer where very many partitions have their least.
	maxFetch     = 16 << 20
	fetchWait    = 250 * time.Millisecond
	fetchTimeout = 30 * time.Second
	refreshEvery = time.Minute
	dialTimeout  = 10 * time.Second
	metadataTTL  = 5 * time.Second
)

// KafkaConfig says what to read.
type KafkaConfig struct {
	Brokers []string
	Topics  []string
	// UntilEnd ends the source at the end the logs had when it was opened.
	UntilEnd bool
	OnReset  OffsetReset
	// Group is the consumer group under which positions are published for lag tools.
	Group string
	// Security is how to talk to brokers that ask who is there.
	Security Security
	// Refresh is how often new partitions of the topics are looked for; default one minute. Not under UntilEnd.
	Refresh time.Duration
	// FetchTimeout is how long a broker may take to answer a fetch before it is asked again; default 30 s.
	FetchTimeout time.Duration
	// Marks returns the mark of the last message that was read of a partition; nil: a topic made anew is only noticed
	// where it is shorter than the position.
	Marks func(Partition) Mark
	// Before is what was read before a pause; nil: reading begins. What of it is away now, a topic that is gone or a partition
	// without a leader, is waited for while the rest is read, as it would have been without the pause.
	Before *Assignment
	// From and To, where set, choose messages by the time at which the broker got them: all between the first at or after From and
	// the first at or after To. They are read again: none at or beyond the stored position of its partition. The source then ends.
	From, To time.Time
	// Observe is told what is fetched.
	Observe Observer
	Log     *slog.Logger
}

// Gap is a position that the log no longer held when ingest started.
type Gap struct {
	Partition
	// Stored is where the warehouse stood, LogStart and LogEnd what the log holds, Resumed where reading goes on.
	Stored, LogStart, LogEnd, Resumed int64
}

// Assignment is what a source reads: from where each partition is read first, and where it ends under UntilEnd.
type Assignment struct{ begin, end map[Partition]int64 }

// KafkaSource reads whole topics, without group membership: positions live with the rows.
type KafkaSource struct {
	config    KafkaConfig
	client    *kafka.Client
	transport *kafka.Transport
	position  map[Partition]int64
	assigned  Assignment
	leaders   map[int][]Partition
	// marks are the last messages read.
	marks map[Partition]Mark
	// doubt holds the partitions whose log may be another one now, after an error: they are compared before reading goes on.
	doubt map[Partition]bool
	// turn counts fetches, so that each begins with another partition.
	turn int
	// refreshed is when partitions were last looked for.
	refreshed time.Time
	// answers were received and not read to their end yet; reader reads the first of them.
	answers []*answer
	reader  recordReader
	// Gaps are what OpenKafka found missing.
	Gaps []Gap
	// Notes say what of a span of time is not read, and why.
	Notes []string
}

// OpenKafka finds the partitions and compares stored positions with the logs. stored returns
// the next offset to read, false where a partition was never read.
func OpenKafka(ctx context.Context, config KafkaConfig, stored func(Partition) (int64, bool)) (*KafkaSource, error) {
	if config.OnReset == "" {
		config.OnReset = ResetFail
	}
	if config.FetchTimeout == 0 {
		config.FetchTimeout = fetchTimeout
	}
	if config.Refresh == 0 {
		config.Refresh = refreshEvery
	}
	config.Topics = slices.Compact(slices.Sorted(slices.Values(config.Topics))) // one that is named twice is read once
	transport, err := config.Security.transport()
	if err != nil {
		return nil, err
	}
	s := &KafkaSource{
		config: config, transport: transport,
		client:   &kafka.Client{Addr: kafka.TCP(config.Brokers...), Timeout: dialTimeout, Transport: transport},
		position: make(map[Partition]int64), assigned: Assignment{make(map[Partition]int64), make(map[Partition]int64)},
		marks: make(map[Partition]Mark), doubt: make(map[Partition]bool),
	}
	if s.again() {
		s.config.UntilEnd = true
	}
	if err := s.assign(ctx, stored); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// again says that a span of time is read again.
func (s *KafkaSource) again() bool { return !s.config.From.IsZero() || !s.config.To.IsZero() }

// Close closes the connections.
func (s *KafkaSource) Close() error {
	s.transport.CloseIdleConnections()
	return nil
}

// assign lists partitions, their leaders and their bounds.
func (s *KafkaSource) assign(ctx context.Context, stored func(Partition) (int64, bool)) error {
	partitions, err := s.discoverAgain(ctx, stored)
	if err != nil {
		return err
	}
	bounds, err := s.bounds(ctx, partitions)
	if err != nil {
		return err
	}
	s.refreshed = time.Now()
	if s.again() {
		return s.span(ctx, partitions, bounds, stored)
	}
	for _, p := range partitions {
		at, err := s.begin(ctx, p, bounds[p], stored)
		if err != nil {
			return err
		}
		s.position[p], s.assigned.begin[p] = at, at
		s.assigned.end[p] = bounds[p].stable
	}
	return nil
}

// discoverAgain lists the partitions to begin with. After a pause those that are away are taken up where they stood, in doubt, and left
// out; one that was never read is found by a refresh once it is there.
func (s *KafkaSource) discoverAgain(ctx context.Context, stored func(Partition) (int64, bool)) ([]Partition, error) {
	before := s.config.Before
	if before == nil {
		return s.discover(ctx)
	}
	for p, at := range before.begin {
		s.assigned.begin[p], s.assigned.end[p] = at, before.end[p]
		if next, known := stored(p); known {
			at = next
		}
		s.position[p] = at
	}
	partitions, err := s.discover(ctx)
	if missing := (*missingTopicError)(nil); errors.As(err, &missing) {
		s.config.Log.Warn("a topic is not read after a pause, waiting for it", "error", err)
	} else if err != nil {
		return nil, err
	}
	away := s.leaders[noLeader]
	for p := range s.position {
		switch {
		case slices.Contains(away, p):
			s.doubt[p] = true
			if s.config.Marks != nil {
				s.marks[p] = s.config.Marks(p)
			}
		case !slices.Contains(partitions, p): // a topic made anew with fewer
			delete(s.position, p)
		}
	}
	return slices.DeleteFunc(partitions, func(p Partition) bool { return slices.Contains(away, p) }), nil
}

// begin is where reading of a partition begins: at the stored position, if the log is still the one it belongs to.
func (s *KafkaSource) begin(ctx context.Context, p Partition, b bound, stored func(Partition) (int64, bool)) (int64, error) {
	at, known := stored(p)
	if !known {
		return b.start, nil
	}
	switch {
	case at < b.start:
		return s.reset(p, at, b, fmt.Sprintf("%d messages were deleted before they were read", b.start-at))
	case at > b.end:
		return s.reset(p, at, b, "the topic was deleted and made anew, or lost its end")
	case s.config.Marks == nil:
		return at, nil
	}
	s.marks[p] = s.config.Marks(p)
	same, err := s.recognizes(ctx, p, s.marks[p], b)
	if err != nil || same {
		return at, err
	}
	what := fmt.Sprintf("the topic was deleted and made anew: offset %d holds another message than the one that was read", s.marks[p].Offset)
	delete(s.marks, p)
	return s.reset(p, at, b, what)
}

// refresh finds the leaders anew and takes up partitions that were added to the topics meanwhile, from their start.
func (s *KafkaSource) refresh(ctx context.Context) error {
	s.refreshed = time.Now()
	partitions, missing := s.discover(ctx)
	var added []Partition
	for _, p := range partitions {
		_, known := s.position[p]
		switch headless := slices.Contains(s.leaders[noLeader], p); {
		case known && headless:
			s.doubt[p] = true
			s.config.Log.Warn("a partition has no leader, waiting for it", "topic", p.Topic, "partition", p.Partition)
		case !known && !headless && !s.config.UntilEnd:
			added = append(added, p)
		}
	}
	if len(added) == 0 {
		return missing
	}
	bounds, err := s.bounds(ctx, added)
	if err != nil {
		return err
	}
	for _, p := range added {
		s.position[p], s.assigned.begin[p] = bounds[p].start, bounds[p].start
		s.config.Log.Info("a partition was added", "topic", p.Topic, "partition", p.Partition)
	}
	return missing
}

// stale says whether it is time to refresh: sooner where partitions are without a leader.
func (s *KafkaSource) stale() bool {
	age := time.Since(s.refreshed)
	return len(s.leaders[noLeader]) > 0 && age >= metadataTTL || !s.config.UntilEnd && age >= s.config.Refresh
}

// reset applies the policy to a position that the log does not hold.
func (s *KafkaSource) reset(p Partition, stored int64, b bound, what string) (int64, error) {
	gap := Gap{Partition: p, Stored: stored, LogStart: b.start, LogEnd: b.end, Resumed: b.start}
	switch s.config.OnReset {
	case ResetEarliest:
	case ResetLatest:
		gap.Resumed = b.end
	default:
		return 0, classified{fmt.Errorf("%s partition %d: the warehouse stands at offset %d, the log holds %d to %d: %s; "+
			"choose with --on-offset-reset earliest or latest where to go on", p.Topic, p.Partition, stored, b.start, b.end, what), ErrPositionLost}
	}
	s.Gaps = append(s.Gaps, gap)
	return gap.Resumed, nil
}

// discover reads the metadata and groups partitions by leader. Where a topic is missing it returns the others, and an error.
func (s *KafkaSource) discover(ctx context.Context) ([]Partition, error) {
	meta, err := s.client.Metadata(ctx, &kafka.MetadataRequest{Topics: s.config.Topics})
	if err != nil {
		return nil, explainDial(err, strings.Join(s.config.Brokers, ","))
	}
	var all []Partition
	var missing error
	leaders := make(map[int][]Partition)
	for _, topic := range meta.Topics {
		if topic.Error != nil {
			missing = &missingTopicError{fmt.Errorf("read the metadata of topic %s: %w", topic.Name, topic.Error)}
			for p := range s.position {
				if p.Topic == topic.Name {
					leaders[noLeader] = append(leaders[noLeader], p)
				}
			}
		}
		if errors.Is(topic.Error, kafka.UnknownTopicOrPartition) {
			missing = &missingTopicError{classified{fmt.Errorf("topic %s does not exist at %s; create it, publish to it with tieback produce, or name the topics that do exist with --topics",
				topic.Name, strings.Join(s.config.Brokers, ",")), ErrNoTopic}}
		}
		for _, p := range topic.Partitions {
			part := Partition{topic.Name, int32(p.ID)}
			all = append(all, part)
			leader := p.Leader.ID
			if p.Leader.Host == "" {
				leader = noLeader
			}
			leaders[leader] = append(leaders[leader], part)
		}
	}
	s.leaders = leaders
	sort.Slice(all, func(i, j int) bool {
		if all[i].Topic != all[j].Topic {
			return all[i].Topic < all[j].Topic
		}
		return all[i].Partition < all[j].Partition
	})
	return all, missing
}

// missingTopicError says that a broker answered, and has nothing of a topic.
type missingTopicError struct{ error }

func (e *missingTopicError) Unwrap() error { return e.error }

// noLeader stands for the leader of partitions that have none at the moment, or whose topic is gone. They are not asked
// for: the client would refuse the whole request, and with it the other partitions of one broker.
const noLeader = -1

// Partitions lists what is read and from where.
func (s *KafkaSource) Partitions() map[Partition]int64 {
	out := make(map[Partition]int64, len(s.position))
	for p, at := range s.position {
		out[p] = at
	}
	return out
}

// Assignment is what is read, for KafkaConfig.Before.
func (s *KafkaSource) Assignment() *Assignment { return &s.assigned }

// Away says whether a partition was found without a leader, or its topic missing. It must not be called beside Next.
func (s *KafkaSource) Away(p Partition) bool { return slices.Contains(s.leaders[noLeader], p) }

// Next fetches until there is a chunk. A broker that does not answer is asked again,
// ever more slowly; only the context, the end or a lost position stops it.
func (s *KafkaSource) Next(ctx context.Context) (*Chunk, error) {
	pause := 100 * time.Millisecond
	for {
		chunk, err := s.nextOrFetch(ctx)
		if chunk != nil || errors.Is(err, io.EOF) {
			return chunk, err
		}
		if err == nil {
			pause = 100 * time.Millisecond
			continue
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var lost *lostPositionError
		if errors.As(err, &lost) && s.config.OnReset == ResetFail {
			return nil, classified{err, ErrPositionLost}
		} else if lost != nil {
			return nil, err
		}
		s.config.Observe.failed(err)
		for p := range s.position {
			s.doubt[p] = true
		}
		s.config.Log.Warn("fetch failed, trying again", "error", err, "pause", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		pause = min(2*pause, 10*time.Second)
		if _, err := s.discover(ctx); err != nil {
			s.config.Log.Warn("metadata failed", "error", err)
			s.transport.CloseIdleConnections() // and with them metadata that are not asked for again for some seconds
		}
	}
}

// nextOrFetch returns the next chunk of what was received; where there is none it asks the brokers and returns nil.
func (s *KafkaSource) nextOrFetch(ctx context.Context) (*Chunk, error) {
	if len(s.answers) > 0 {
		return s.unpack()
	}
	if s.config.UntilEnd && s.atEnd() {
		return nil, io.EOF
	}
	if s.stale() {
		if err := s.refresh(ctx); err != nil {
			s.config.Log.Warn("metadata failed", "error", err)
		}
	}
	return nil, errors.Join(s.compare(ctx), s.fetch(ctx))
}

func (s *KafkaSource) atEnd() bool {
	for p, end := range s.assigned.end {
		if s.position[p] < end {
			return false
		}
	}
	return true
}

// Publish tells Kafka how far the durable rows reach, so that lag tools see it. It is
// best effort: the warehouse's own positions are the ones that count. It may be called beside Next.
func (s *KafkaSource) Publish(ctx context.Context, positions map[Partition]int64) error {
	if s.config.Group == "" {
		return nil
	}
	request := &kafka.OffsetCommitRequest{GroupID: s.config.Group, GenerationID: -1, Topics: make(map[string][]kafka.OffsetCommit)}
	for p, at := range positions {
		request.Topics[p.Topic] = append(request.Topics[p.Topic], kafka.OffsetCommit{Partition: int(p.Partition), Offset: at})
	}
	for {
		err := s.publish(ctx, request)
		// A cluster that has never seen a group looks for its coordinator for some hundred milliseconds.
		if !errors.Is(err, kafka.GroupCoordinatorNotAvailable) && !errors.Is(err, kafka.NotCoordinatorForGroup) && !errors.Is(err, kafka.GroupLoadInProgress) {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

func (s *KafkaSource) publish(ctx context.Context, request *kafka.OffsetCommitRequest) error {
	reply, err := s.client.OffsetCommit(ctx, request)
	if err != nil {
		return err
	}
	for _, list := range reply.Topics {
		for _, p := range list {
			if p.Error != nil {
				return p.Error
			}
		}
	}
	return nil
}
