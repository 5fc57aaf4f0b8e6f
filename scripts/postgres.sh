# A Postgres of the tests' own, in a temporary folder on a free port. Sourced, never run; see start_postgres.
# shellcheck shell=bash

# initdb refuses root, so for root the cluster belongs to the user that came with the package.
as_postgres() {
  if ! is_root; then
    "$@"
  elif id -u postgres >/dev/null 2>&1; then
    runuser -u postgres -- "$@"
  else
    runuser -u nobody -- "$@"
  fi
}

# start_postgres FOLDER OPTION… makes a cluster there and starts it, unless it runs, and writes its URL to FOLDER/url, with {db}
# in the place of the database's name. It listens on loopback only and asks for a password that nobody else knows.
# Nothing is synced to the disk: it lives for one run. The options are more of the server's own. How the password is
# asked for is POSTGRES_AUTH, by SCRAM unless it says otherwise.
start_postgres() {
  local folder=$1 bin port password
  shift
  [ -f "$folder/url" ] && return
  need_postgres
  bin=$(postgres_bin)
  mkdir -p -m 700 "$folder"
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  echo "$password" >"$folder/password"
  is_root && chown -R "$(as_postgres id -u)" "$folder"
  (
    cd "$folder" # a folder that the cluster's user may enter: initdb and pg_ctl complain about others
    as_postgres "$bin/initdb" --pgdata=data --username=signet --auth="${POSTGRES_AUTH:-scram-sha-256}" --pwfile=password \
      --encoding=UTF8 --locale=C --no-sync >initdb.log || { cat initdb.log >&2; exit 1; }
    # Between the choice of a free port and its use somebody else may take it: then another one is tried.
    for _ in 1 2 3 4 5; do
      port=$(free_port)
      as_postgres "$bin/pg_ctl" start --pgdata=data --log=server.log --timeout=60 --silent --options="\
        -c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories='$folder' \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=400 $*" || continue
      echo "postgres://signet:$password@127.0.0.1:$port/{db}" >url
      exit
    done
    cat server.log >&2
    exit 1
  ) || die "The tests' Postgres did not start."
}

stop_postgres() {
  local folder=$1
  [ -f "$folder/data/postmaster.pid" ] || return 0
  (cd "$folder" && as_postgres "$(postgres_bin)/pg_ctl" stop --pgdata=data --mode=immediate --silent)
}

free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}
