#!/usr/bin/env bash
# The test command: installs what the tests need when it is missing, builds, runs everything, and closes with
# "N passed, N failed, N skipped".
#   tests/run.sh          everything, in the sizes meant for every day
#   tests/run.sh --long   the big counts as well
# Other arguments go to the test program (xunit.v3), for example: tests/run.sh -class '*CacheTests'
set -uo pipefail
cd "$(dirname "$0")/.."

args=()
for arg in "$@"; do
  case "$arg" in
    --long) export GRAINS_LONG=1 ;;
    *) args+=("$arg") ;;
  esac
done

say() { printf '\n== %s\n' "$*"; }
fail() { printf '%s\n0 passed, 1 failed, 0 skipped\n' "$*"; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# Debian packages: what is missing is installed; where that cannot be done the tests that need it are skipped and say so.
packages=()
/usr/bin/python3 -c 'import websockets' 2>/dev/null || packages+=(python3 python3-websockets)
command -v node >/dev/null || packages+=(nodejs npm)
[ -x /usr/bin/chromium ] || packages+=(chromium)
if [ ${#packages[@]} -gt 0 ] && command -v apt-get >/dev/null; then
  say "installing ${packages[*]}"
  as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null \
    || echo "could not install ${packages[*]}: the tests that need them will be skipped"
fi
if [ -f tests/js/package.json ] && [ ! -d tests/js/node_modules ] && command -v npm >/dev/null; then
  say "installing tests/js"
  npm ci --prefix tests/js --no-audit --no-fund --loglevel=error || echo "could not install tests/js: the tests that need it will be skipped"
fi

command -v dotnet >/dev/null || fail "The .NET SDK 10 is needed: https://dotnet.microsoft.com/download"

say "building"
dotnet build Grains.sln -c Release -v quiet -nologo || fail "the build failed"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0

# Runs one test program and adds up what it counts. xunit closes with
# "  Grains.Tests  Total: 9, Errors: 0, Failed: 1, Skipped: 2, Not Run: 0, Time: 1.2s"
run() {
  local one status summary wrong
  say "testing $1"
  one=$(mktemp)
  dotnet "tests/$1/bin/Release/net10.0/$1.dll" -noColor "${args[@]+"${args[@]}"}" 2>&1 | tee "$one"
  status=${PIPESTATUS[0]}
  cat "$one" >>"$log"
  summary=$(grep -E 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$one" | tail -n 1)
  rm -f "$one"
  [ -n "$summary" ] || fail "the test program $1 ended without a summary (exit code $status)"
  number() { sed -E "s/.*$1: ([0-9]+).*/\1/" <<<"$summary"; }
  wrong=$(($(number Failed) + $(number Errors)))
  if [ "$wrong" = 0 ] && [ "$status" != 0 ] && [ "$(number Total)" != 0 ]; then wrong=1; fi
  passed=$((passed + $(number Total) - $(number Failed) - $(number Skipped)))
  skipped=$((skipped + $(number Skipped)))
  failed=$((failed + wrong))
}

run Grains.Tests
# Where the package sources do not have Orleans this program says so, and counts the engine's suite as skipped.
run Grains.Orleans.Tests

say "done"
[ "$skipped" = 0 ] || grep -E '\[SKIP\]' -A 1 "$log" | sort -u | head -n 40
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
