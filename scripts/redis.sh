# A Redis of the tests' own, on a free port. Sourced, never run; see start_redis.
# shellcheck shell=bash

# start_redis FOLDER starts a server there, unless it runs, and writes its URL to FOLDER/url. It listens on loopback only,
# and keeps nothing on the disk: it lives for one run.
start_redis() {
  local folder=$1 port
  [ -f "$folder/url" ] && return
  need_redis
  mkdir -p -m 700 "$folder"
  # Between the choice of a free port and its use somebody else may take it: then another one is tried.
  for _ in 1 2 3 4 5; do
    port=$(free_port)
    redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$folder" --daemonize yes \
      --pidfile "$folder/pid" --logfile "$folder/server.log" >/dev/null || continue
    for _ in $(seq 200); do
      # Whoever took the port answers there too, perhaps as another Redis.
      if [ -s "$folder/pid" ] && [ "$(redis_on "$port")" = "$(cat "$folder/pid")" ]; then
        echo "redis://127.0.0.1:$port" >"$folder/url"
        return
      fi
      sleep 0.1
    done
    stop_redis "$folder"
  done
  cat "$folder/server.log" >&2
  die "The tests' Redis did not start."
}

# Prints the process of the Redis on a port.
redis_on() {
  redis-cli -p "$1" info server 2>/dev/null | sed -n 's/^process_id:\([0-9]*\).*/\1/p'
}

stop_redis() {
  local folder=$1
  [ -s "$folder/pid" ] || return 0
  kill "$(cat "$folder/pid")" 2>/dev/null || true
}
