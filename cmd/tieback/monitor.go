package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tieback/ingest"
	"tieback/warehouse"
)

// monitor tells the outside how ingest is: Prometheus, whoever asks /livez and /readyz, and systemd.
type monitor struct {
	*app
	instruments *instruments
	ready       *readiness
	path        string
	server      *http.Server
	stop        func() bool
}

// startMonitor begins to answer at the address of the settings, where there is one.
func (a *app) startMonitor(ctx context.Context, s *settings) (*monitor, error) {
	m := &monitor{app: a, instruments: newInstruments(), ready: newReadiness(a.now), path: s.Warehouse}
	m.instruments.watch(s.Warehouse, func() bool { return len(m.ready.reasons(context.Background())) == 0 })
	m.stop = context.AfterFunc(ctx, func() {
		m.ready.drain()
		m.notify(daemon.SdNotifyStopping)
	})
	if s.Run.HTTP == "" {
		return m, nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.Run.HTTP)
	if err != nil {
		m.stop()
		if held := warehouse.CheckFree(s.Warehouse); held != nil {
			return nil, held // which explains why the address is taken
		}
		return nil, fmt.Errorf("serve /livez, /readyz and /metrics at %s (is the address taken? choose another with --http): %w", s.Run.HTTP, err)
	}
	m.server = &http.Server{Handler: m.handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := m.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("HTTP ended", "error", err)
		}
	}()
	fmt.Fprintf(a.err, "serving /livez, /readyz and /metrics at http://%s\n", listener.Addr())
	return m, nil
}

// handler answers the three addresses. /livez says that the process answers at all: that it does no work is no reason to kill
// it, which is what /readyz is for.
func (m *monitor) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { answerText(w, http.StatusOK, "alive") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if reasons := m.ready.reasons(r.Context()); len(reasons) > 0 {
			answerText(w, http.StatusServiceUnavailable, strings.Join(reasons, "\n"))
			return
		}
		answerText(w, http.StatusOK, strings.Join(append([]string{"ready"}, m.ready.paused()...), "\n"))
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.instruments.registry, promhttp.HandlerOpts{}))
	return mux
}

func answerText(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, text+"\n") // whoever asked has left
}

// opened is called when the warehouse is open.
func (m *monitor) opened(w *warehouse.Warehouse) {
	m.ready.watchStore(w.Healthy, func() (int64, error) { return freeDisk(w.Path) })
	m.instruments.look("duckdb_memory_bytes", "What DuckDB holds, of what it may use.", func() float64 {
		held, err := w.Memory(context.Background())
		if err != nil {
			return 0
		}
		return float64(held)
	})
}

// assigned is called when Kafka answers: from here on ingest works.
func (m *monitor) assigned(positions map[ingest.Partition]int64) {
	m.ready.assigned(positions)
	for p, at := range positions {
		m.instruments.of(p).position.Set(float64(at))
	}
	m.notify(daemon.SdNotifyReady)
}

func (m *monitor) observer() ingest.Observer {
	return ingest.Observer{Fetched: func(f ingest.Fetched) { m.instruments.fetched(f, m.ready.fetched(f)) }, Failed: m.failed}
}

func (m *monitor) failed(err error) {
	m.instruments.fetchErrors.Inc()
	m.ready.failed(err)
}

func (m *monitor) committed(d durable) {
	for p, lag := range m.ready.committed(d.Batch) {
		m.instruments.of(p).lag.Set(float64(lag))
	}
	m.instruments.committed(d, m.now())
}

// alive lets systemd's watchdog know of every check that passed.
func (m *monitor) alive(check func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		err := check(ctx)
		if err == nil {
			m.notify(daemon.SdNotifyWatchdog)
		}
		return err
	}
}

// notify tells systemd, where it started this process.
func (m *monitor) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		m.log.Debug("systemd was not told", "state", state, "error", err)
	}
}

func (m *monitor) close() {
	m.stop()
	if m.server != nil {
		_ = m.server.Close() // whoever still asks gets no answer
	}
}
