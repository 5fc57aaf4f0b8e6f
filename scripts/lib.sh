# What serve and test share: words, and the set-up that each of their steps needs. Sourced, never run.
#
# A need is met by what is there; apt is asked only for what is missing. Where apt cannot help, the script says what to
# install and ends.
# shellcheck shell=bash

set -euo pipefail
shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

bold='' plain=''
[ ! -t 2 ] || { bold=$'\033[1m' plain=$'\033[0m'; }

say() { echo "$bold$*$plain" >&2; }

die() {
  say "$*"
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

is_root() { [ "$(id -u)" -eq 0 ]; }

# Debian keeps tools such as runuser where an ordinary PATH does not look.
PATH="$PATH:/usr/sbin:/sbin"

as_root() {
  if is_root; then
    "$@"
  elif has sudo; then
    sudo "$@"
  else
    die "This needs root, and there is no sudo. Run as root: $*"
  fi
}

# apt_install WHY PACKAGE… installs packages, or says by name what is missing.
apt_install() {
  local why=$1
  shift
  has apt-get || die "$why is missing, and there is no apt-get here. Install what your system calls: $*"
  say "Installing $* ($why)"
  # A machine that has just started may be updating itself, and holds the lock meanwhile.
  local options=(-qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  as_root apt-get "${options[@]}" update || say "apt-get update failed; going on with the lists that are there"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install -y --no-install-recommends "$@" >/dev/null ||
    die "apt-get could not install $* ($why). Install them by hand and start again."
}

need_rust() {
  has cargo && return
  if [ -x "$HOME/.cargo/bin/cargo" ]; then
    PATH="$HOME/.cargo/bin:$PATH"
    return
  fi
  die "Rust is missing. Install it from https://rustup.rs and start again."
}

# Rust, and what the crates that contain C build with: a compiler, and OpenSSL's headers where pkg-config finds them.
need_build() {
  need_rust
  local missing=()
  has cc || missing+=(gcc libc6-dev)
  has make || missing+=(make)
  has pkg-config || missing+=(pkg-config)
  { has pkg-config && pkg-config --exists openssl; } || missing+=(libssl-dev)
  [ ${#missing[@]} -eq 0 ] || apt_install "to build Signet" "${missing[@]}"
}

node_is_young_enough() { has npm && node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null; }

need_node() {
  node_is_young_enough && return
  has node || apt_install "Node.js" nodejs npm
  node_is_young_enough || die "Node.js 20 or newer with npm is needed, and this is $(node --version 2>/dev/null || echo none). See https://nodejs.org"
}

# need_modules FOLDER brings its packages as its lock file names them, unless they are there.
need_modules() {
  need_node
  local folder=$1
  [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return
  say "Fetching the Node packages of ${folder#"$root/"}"
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error)
  touch "$folder/node_modules/.package-lock.json"
}

# need_venv FOLDER REQUIREMENTS makes a virtual environment with exactly these packages, unless it is there.
need_venv() {
  local folder=$1 requirements=$2
  cmp -s "$requirements" "$folder/requirements.txt" && return
  has python3 || apt_install "Python" python3 python3-venv
  python3 -c 'import ensurepip' 2>/dev/null || apt_install "Python's virtual environments" python3-venv
  say "Fetching the Python packages of ${requirements#"$root/"}"
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
  cp "$requirements" "$folder/requirements.txt"
}

# Where Postgres' own programs are: Debian keeps initdb and pg_ctl off the PATH.
postgres_bin() {
  local folder
  folder=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  if [ -x "$folder/initdb" ]; then
    echo "$folder"
  elif has initdb; then
    dirname "$(readlink -f "$(command -v initdb)")"
  fi
}

need_postgres() {
  [ -n "$(postgres_bin)" ] && return
  # Debian starts a server of its own with the package. The tests bring theirs, so it is told not to.
  local quiet=/etc/postgresql-common/createcluster.d/signet-tests.conf
  as_root mkdir -p "${quiet%/*}"
  echo 'create_main_cluster = false' | as_root tee "$quiet" >/dev/null
  (apt_install "to test on Postgres" postgresql) || true
  as_root rm -f "$quiet"
  [ -n "$(postgres_bin)" ] || die "Tests on Postgres need its initdb and pg_ctl, and they are nowhere to be found."
}

# apt_install_idle WHY PACKAGE installs a package for its programs alone. Its service, which has the package's name, is
# not wanted: as with Postgres, the tests start what they need.
apt_install_idle() {
  apt_install "$@"
  has systemctl && as_root systemctl disable --now "$2" >/dev/null 2>&1 || true
}

need_pgbouncer() { has pgbouncer || apt_install_idle "to test behind a pooler" pgbouncer; }

need_redis() { { has redis-server && has redis-cli; } || apt_install_idle "to test with secondary storage" redis-server; }

need_promtool() { has promtool || apt_install_idle "promtool, to test metrics and alerts" prometheus; }

target_folder() {
  cargo metadata --manifest-path "$root/Cargo.toml" --no-deps --format-version 1 |
    sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}
