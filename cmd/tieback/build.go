package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tieback/evidence"
	"tieback/warehouse"
)

// buildRequest is what a build needs from the side that asks for it; it also travels over the control socket.
type buildRequest struct {
	Settings  warehouse.Settings
	Models    string // folder of own models, absolute
	CheckOnly bool
	Keep      warehouse.Retention
	// KeepDeadLetters is warehouse.Build.KeepDeadLetters.
	KeepDeadLetters time.Duration
}

func (a *app) buildCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "build",
		Short: "Build models and statistics, check them, and publish a snapshot",
		Long: `Build every model, run every check, and publish a snapshot if all of them pass. While ingest holds the
warehouse, it builds on request.`,
		Args: misusedArgs(cobra.NoArgs),
	}
	checkOnly := cmd.Flags().Bool("check-only", false, "publish nothing")
	models := cmd.Flags().String("models", "", "`folder` of your own models, built after ours")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.settings()
		if err != nil {
			return err
		}
		return a.build(cmd.Context(), s, *models, *checkOnly)
	}
	return cmd
}

// build asks the process that holds the warehouse, or opens it itself.
func (a *app) build(ctx context.Context, s *settings, models string, checkOnly bool) (err error) {
	request, err := s.buildRequest(models, checkOnly)
	if err != nil {
		return err
	}
	if answered, reply, err := askControl(ctx, s.Warehouse, controlRequest{Build: &request}); answered {
		return a.reportBuild(reply.Built, checkOnly, err)
	}
	if err := s.mustHaveWarehouse(); err != nil {
		return err
	}
	w, err := a.open(ctx, s, "tieback build", false)
	if err != nil {
		return err
	}
	defer a.close(w, &err)
	built, err := a.buildIn(ctx, w, s, request)
	return a.reportBuild(built, checkOnly, err)
}

func (s *settings) buildRequest(models string, checkOnly bool) (buildRequest, error) {
	request := buildRequest{CheckOnly: checkOnly, Keep: s.Run.Snapshots.forWarehouse(), KeepDeadLetters: s.Run.DeadLetters.keep()}
	if models != "" {
		var err error
		if request.Models, err = filepath.Abs(models); err != nil {
			return request, err
		}
	}
	if len(s.OwnAccounts) == 0 {
		request.Settings = s.forBuild(s.ReportingCurrency, nil)
		return request, nil
	}
	secret, err := s.secret()
	if err != nil {
		return request, err
	}
	request.Settings = s.forBuild(s.ReportingCurrency, secret)
	return request, nil
}

// mustHaveWarehouse refuses to make an empty warehouse where one is expected.
func (s *settings) mustHaveWarehouse() error {
	if _, err := os.Stat(s.Warehouse); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no warehouse at %s; run tieback load or tieback ingest first", s.Warehouse)
	}
	return nil
}

// buildIn builds in an open warehouse.
func (a *app) buildIn(ctx context.Context, w *warehouse.Warehouse, s *settings, request buildRequest) (warehouse.Built, error) {
	if request.Settings.Values == nil {
		return warehouse.Built{}, errors.New("whoever asks for a build says no settings: is it another version of tieback?")
	}
	if request.Settings.Values["reporting_currency"] == "" {
		currency, err := onlyCurrency(ctx, w)
		if err != nil {
			return warehouse.Built{}, err
		}
		request.Settings.Values["reporting_currency"] = currency
	}
	var own []warehouse.Model
	if request.Models != "" {
		var err error
		if own, err = warehouse.ModelsFrom(os.DirFS(request.Models)); err != nil {
			return warehouse.Built{}, err
		}
		if len(own) == 0 {
			return warehouse.Built{}, fmt.Errorf("%s holds no .sql file", request.Models)
		}
	}
	built, err := w.Build(ctx, warehouse.Build{Settings: request.Settings, Computed: evidence.Models(), Own: own, CheckOnly: request.CheckOnly, Keep: request.Keep,
		KeepDeadLetters: request.KeepDeadLetters, Log: a.log})
	a.forgetBeside(ctx, w, s)
	return built, err
}

// noCurrency stands in where no event has an amount (ISO 4217: no currency involved).
const noCurrency = "XXX"

// onlyCurrency is the one currency that orders and costs use.
func onlyCurrency(ctx context.Context, w *warehouse.Warehouse) (string, error) {
	seen, err := w.Currencies(ctx)
	if err != nil {
		return "", err
	}
	switch len(seen) {
	case 0:
		return noCurrency, nil
	case 1:
		return seen[0], nil
	}
	return "", usagef("amounts come in %v: say in tieback.yaml which one to report in, such as reporting_currency: %s", seen, seen[0])
}

func (a *app) reportBuild(built warehouse.Built, checkOnly bool, err error) error {
	if err != nil {
		return err
	}
	if built.Erased != (warehouse.Erasure{}) {
		fmt.Fprintln(a.out, erasedText(built.Erased))
	}
	if built.Expired > 0 {
		fmt.Fprintf(a.out, "%d dead letters had been kept long enough and are forgotten (dead_letters.keep_days)\n", built.Expired)
	}
	fmt.Fprintf(a.out, "built %d models, %d checks passed, %.1f s\n", built.Models, built.Checks, built.Elapsed.Seconds())
	if !checkOnly {
		fmt.Fprintf(a.out, "snapshot %s\n", built.Snapshot)
	}
	return nil
}
