#!/usr/bin/env bash
# Runs a command against a throwaway cluster of Debian's Postgres (package postgresql), its URL in TEST_DATABASE.
set -euo pipefail

# Where runuser is, which not every PATH has.
PATH="$PATH:/usr/sbin"
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
# In memory where there is plenty, as the embedded one of tests.
place=/tmp
gigabytes=$(df --output=avail --block-size=G /dev/shm 2>/dev/null | tr -dc 0-9 || true)
if [ "${gigabytes:-0}" -ge 4 ]; then place=/dev/shm; fi
folder=$(mktemp -d "$place/ringfence-postgres-XXXXXX")
as_server=()
if [ "$(id -u)" = 0 ]; then
  chown postgres "$folder"
  as_server=(runuser -u postgres --)
fi
port=$(node -e 'const s = require("node:net").createServer(); s.listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')

stop() {
  "${as_server[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT

"${as_server[@]}" "$bin/initdb" -D "$folder/data" -U postgres -A trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >/dev/null
"${as_server[@]}" "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w \
  -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=200" start >/dev/null
TEST_DATABASE="postgres://postgres@127.0.0.1:$port/postgres" "$@"
