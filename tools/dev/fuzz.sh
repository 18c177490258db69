# ./dev fuzz: libFuzzer targets, each tests/fuzz/NAME_fuzz.cpp. Read by ./dev.
# shellcheck shell=bash

cmd_fuzz() {
  need fuzz
  local target=${1:-} seconds=${2:-60}
  if [[ -z $target || $target =~ ^[0-9]+$ ]]; then
    fuzz_all "${target:-$seconds}"
  else
    fuzz_one "${target%_fuzz}_fuzz" "$seconds"
  fi
}

fuzz_all() {
  local file code=0
  for file in tests/fuzz/*_fuzz.cpp; do
    fuzz_one "$(basename "$file" .cpp)" "$1" || code=1
  done
  return $code
}

# fuzz_one NAME SECONDS: from the corpus in the tree (tests/fuzz/corpus/NAME) and what earlier runs found. An input
# that fails is kept in build/fuzz/NAME.
fuzz_one() {
  local name=$1 seconds=$2 program found
  [[ -f tests/fuzz/$name.cpp ]] || die "there is no fuzz target $name (tests/fuzz/)"
  (
    sanitizer_options
    configure_asan && compile asan "$name" || exit
    program=$(find build/asan -name "$name" -type f -perm -u+x -print -quit)
    found=build/fuzz/$name
    mkdir -p "$found/corpus"
    local -a corpus=("$found/corpus")
    [[ ! -d tests/fuzz/corpus/$name ]] || corpus+=("tests/fuzz/corpus/$name")
    say "fuzz $name for $seconds s"
    "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 \
      -artifact_prefix="$found/" "${corpus[@]}"
  )
}
