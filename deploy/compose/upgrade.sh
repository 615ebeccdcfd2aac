#!/bin/sh
# Start the stack in containers, or upgrade it beside the one that runs: `sh deploy/compose/upgrade.sh`.
#
# Says at once when the gateway's port is taken. Migrates first, while the old processes answer; when that fails, they
# go on. Then puts each process in the place of the old one: the new one is healthy before the old one stops. Only a
# gateway's api, whose port is published, stops first, one copy after the other.
set -eu
cd "$(dirname "$0")/../.."

ids() { docker compose ps --quiet "$@"; }

fail() { echo "$1 The old processes go on. Correct what it says above, then upgrade again." >&2; exit 1; }

# Make anew, wait for and judge what runs once. With `run`, the next `up` would find the old one, make that anew, and
# with it all that depends on it, PostgreSQL too.
once() {
    docker compose up --detach "$1" && [ "$(docker wait "$(ids --all "$1")")" = 0 ] && return
    docker compose logs --no-log-prefix --tail 30 "$1" >&2
    fail "$1 failed."
}

# Start a container; without success, say what it wrote and remove it.
start() {
    docker start "$1" >/dev/null
    for _ in $(seq 150); do
        [ "$(docker inspect --format '{{.State.Health.Status}}' "$1")" != healthy ] || return 0
        sleep 1
    done
    docker logs --tail 30 "$1" >&2
    docker rm --force "$1" >/dev/null
    return 1
}

docker compose build keys
if [ -z "$(ids gateway-api)" ]; then
    image=$(docker compose config --images keys | head -n 1)
    published=$(docker compose config | sed -n 's/^ *\(host_ip\|published\): "\{0,1\}\([^"]*\)"\{0,1\}$/\2/p' | paste -sd : -)
    docker run --rm --publish "$published:8000" "$image" true ||
        { echo "The gateway's port $published is taken. Set DOORWAY_PORT in .env. Nothing was started." >&2; exit 1; }
    exec docker compose up --detach --wait
fi

for each in keys setup migrate; do
    once "$each"
done
for each in $(docker compose config --services | grep -E -- '-(api|worker)$' | grep -vx gateway-api | sort) gateway-api; do
    old=$(ids --all "$each")
    copies=$(echo "$old" | grep -c . || true)
    # Only `create` starts nothing else and leaves the containers as the next `up` expects them.
    docker compose create --no-recreate --scale "$each=$((copies > 0 ? copies * 2 : 1))" "$each"
    for new in $(ids --all "$each" | grep -vxF "${old:-none}"); do
        last=${old%%"
"*}
        [ "$each" != gateway-api ] || [ -z "$last" ] || docker stop "$last" >/dev/null
        start "$new" || { [ -z "$last" ] || docker start "$last" >/dev/null; fail "$each does not get healthy."; }
        [ -z "$last" ] || { docker stop "$last" && docker rm "$last"; } >/dev/null
        old=$(echo "$old" | tail -n +2)
    done
    echo "$each is new."
done
