# syntax=docker/dockerfile:1

# rust:*-bookworm brings a C compiler, make, pkg-config and OpenSSL's headers, which is all that the crates need.
FROM rust:1.94-bookworm AS build
WORKDIR /src
COPY . .
# `--build-arg FEATURES=otlp` brings traces.
ARG FEATURES=
RUN cargo build --release --locked --bin signet --features "$FEATURES"

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates libssl3 \
 && rm -rf /var/lib/apt/lists/*
# Nobody's home: the data of SQLite and the generated secret, where those are used. Everything else may be read-only.
RUN install --directory --owner=65532 --group=65532 --mode=0700 /data
COPY --from=build /src/target/release/signet /usr/local/bin/signet
USER 65532:65532
WORKDIR /data
VOLUME /data
ENV SIGNET__SERVER__BIND=0.0.0.0:3000
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["signet", "health"]
ENTRYPOINT ["signet"]
CMD ["serve"]
