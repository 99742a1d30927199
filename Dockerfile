# The image of every tieback service in docker-compose.yml. DuckDB is linked in; glibc and libstdc++ are not.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY . .
# No "go mod download": it would fetch DuckDB for every operating system. The caches spare the second build.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -trimpath -tags=duckdb_arrow -o /out/tieback ./cmd/tieback

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libstdc++6 tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --home-dir /srv/tieback --shell /usr/sbin/nologin tieback \
    && install -d -o tieback -g tieback /srv/tieback/data /srv/tieback/reports
COPY --from=build /out/tieback /usr/local/bin/tieback
# The settings' defaults are relative: data/tieback.duckdb lies in the volume data.
WORKDIR /srv/tieback
USER tieback
VOLUME ["/srv/tieback/data", "/srv/tieback/reports"]
ENTRYPOINT ["tieback"]
CMD ["--help"]
