#!/bin/sh
# Start the stack in containers, or upgrade it beside the one that runs: `sh deploy/compose/upgrade.sh`.
#
# Says at once when the gateway's port is taken. Migrates first, while the old processes answer; when that fails, they
# go on. Then puts each process in the place of the old one: the new one is healthy before the old one stops. Only a
# gateway's api, whose port is published, stops first, one copy after the other.
set -eu
cd "$(dirname "$0")/../.."

ids() { docker compose ps --quiet "$@"; }

docker compose build keys
if [ -z "$(ids gateway-api)" ]; then
    image=$(docker compose config --images keys | head -n 1)
    published=$(docker compose config | sed -n 's/^ *\(host_ip\|published\): "\{0,1\}\([^"]*\)"\{0,1\}$/\2/p' | paste -sd : -)
    docker run --rm --publish "$published:8000" "$image" true ||
        { echo "The gateway's port $published is taken. Set DOORWAY_PORT in .env. Nothing was started." >&2; exit 1; }
    exec docker compose up --detach --wait
fi

for once in keys setup migrate; do
    docker compose run --rm --no-deps "$once"
done
for each in $(docker compose config --services | grep -E -- '-(api|worker)$' | grep -vx gateway-api | sort); do
    old=$(ids "$each")
    copies=$(echo "$old" | grep -c . || true)
    docker compose up --detach --no-deps --no-recreate --wait --scale "$each=$((copies * 2))" "$each"
    # shellcheck disable=SC2086 # one word a container
    [ -z "$old" ] || { docker stop $old && docker rm $old; } >/dev/null
done
# Compose makes the new container before it stops the old one, but would stop all copies at once.
old=$(ids gateway-api)
[ "$(echo "$old" | grep -c .)" -gt 1 ] || old=
for each in $old; do
    { docker stop "$each" && docker rm "$each"; } >/dev/null
    docker compose up --detach --no-deps --no-recreate --wait gateway-api
done
docker compose up --detach --no-deps --wait gateway-api
