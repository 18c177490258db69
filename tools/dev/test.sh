# ./dev test: its parts, their times and the one closing line. Read by ./dev.
# shellcheck shell=bash

# Histories of the simulation, and the seed of the first. Another seed looks elsewhere: HARK_SIM_SEED=7 ./dev test sim
sim_histories=${HARK_SIM_HISTORIES:-2000}
sim_seed=${HARK_SIM_SEED:-1}

passed=0 failed=0 skipped=0
times=()

cmd_test() {
  local part
  local -a parts=(unit sim clients readme) words=()
  if (($#)); then
    # The words behind `clients` choose among them.
    if [[ $1 == clients ]]; then
      parts=(clients) words=("${@:2}")
    else
      parts=("$@")
    fi
  fi
  for part in "${parts[@]}"; do
    declare -F "test_$part" >/dev/null || die "test has no part '$part' (unit sim clients readme)"
  done
  mkdir -p build/logs
  timed "packages" need test
  timed "configure" configure_tests
  for part in "${parts[@]}"; do "test_$part" "${words[@]}"; done
  say "times"
  printf '%s\n' "${times[@]}"
  printf '\n%d passed, %d failed%s\n' "$passed" "$failed" "$( ((skipped)) && echo ", $skipped skipped")"
  ((failed == 0 && passed > 0))
}

# The tests link the objects of the release build: what is tested is what is shipped.
configure_tests() { configure release -D HARK_TESTS=ON -D HARK_BENCH=ON; }

test_unit() {
  if ! timed "compile the unit tests" compile release unit_tests; then
    broken "the unit tests do not compile"
    return
  fi
  tally "unit tests and vectors" tools/run_unit_tests.py build/release/unit_tests.txt
}

test_sim() {
  if ! has_target release hark_sim; then
    say "simulation: NOT RUN, there is none yet (tests/sim); nothing counted"
    return
  fi
  if ! timed "compile the simulation" compile release hark_sim; then
    broken "the simulation does not compile"
    return
  fi
  tally "simulation" "$(find_sim release)" --histories "$sim_histories" --seed "$sim_seed"
}

test_clients() {
  compile_hark hark_client_shared hark_client_probe || return 0
  tally "real clients" tests/e2e/run --hark build/release/hark "$@"
}

test_readme() {
  compile_hark || return 0
  tally "what README shows" tools/run_readme.py build/release/hark
}

# compile_hark TARGET...: and what is tested with it.
compile_hark() {
  timed "compile hark" compile release hark "$@" && return
  broken "hark does not compile"
  return 1
}

# timed NAME COMMAND...: runs it and notes its seconds; its exit code.
timed() {
  local name=$1 start=$EPOCHREALTIME code=0
  shift
  say "$name"
  "$@" || code=$?
  times+=("$(printf '%6.0f s  %s%s' "$(seconds_since "$start")" "$name" "$( ((code)) && echo "  FAILED")")")
  return $code
}

seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }'; }

# Something that should have been tested and could not be.
broken() {
  printf 'FAIL %s\n' "$1"
  failed=$((failed + 1))
}

# tally NAME COMMAND...: a part that ends with a line `N passed, N failed[, N skipped]`. The line is shown
# behind the part's name, so that the whole run has only one such line of its own.
tally() {
  local name=$1 log=build/logs/${1// /-}.log code=0 line
  shift
  timed "$name" logged "$log" "$name" "$@" || code=$?
  line=$(grep -E '^[^:]+: [0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1) || true
  if [[ $line =~ :\ ([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)? ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
    if ((code != 0 && BASH_REMATCH[2] == 0)); then broken "$name: exit code $code"; fi
    if ((BASH_REMATCH[1] + BASH_REMATCH[2] == 0)); then broken "$name: nothing was tested"; fi
  else
    broken "$name: no closing line, exit code $code (see $log)"
  fi
}

logged() {
  local log=$1 name=$2
  shift 2
  # shellcheck disable=SC2312 # the pipe's first command decides, by PIPESTATUS
  "$@" 2>&1 | sed -u -E "s/^([0-9]+ passed, [0-9]+ failed.*)/$name: \1/" | tee "$log"
  return "${PIPESTATUS[0]}"
}
