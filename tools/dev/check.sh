# ./dev check: what a reviewer need not say. Read by ./dev.
# shellcheck shell=bash disable=SC2154 # `times` and `sim_seed` are in test.sh

check_parts=(format layers sizes words docs scripts warnings headers tidy asan tsan fuzz)
fuzz_seconds=${HARK_FUZZ_SECONDS:-10}
asan_histories=100

cmd_check() {
  local part failures=0
  local -a parts=("$@")
  ((${#parts[@]})) || parts=("${check_parts[@]}")
  for part in "${parts[@]}"; do
    [[ " ${check_parts[*]} " == *" $part "* ]] || die "check has no part '$part' (${check_parts[*]})"
  done
  mkdir -p build/logs
  timed "packages" need check
  for part in "${parts[@]}"; do
    timed "check $part" "check_$part" || failures=$((failures + 1))
  done
  say "times"
  printf '%s\n' "${times[@]}"
  printf '\ncheck: %d of %d parts failed\n' "$failures" "${#parts[@]}"
  ((failures == 0))
}

cxx_files() { git ls-files 'src/*.h' 'src/*.cpp' 'tests/*.h' 'tests/*.cpp' 'bench/*.h' 'bench/*.cpp' \
  'sdk/*.h' 'sdk/*.cpp'; }

check_format() {
  local file differ=0
  while IFS= read -r file; do
    [[ -f $file ]] || continue
    if ! clang-format-19 --dry-run -Werror "$file" >/dev/null 2>&1; then
      differ=$((differ + 1))
      echo "$file: clang-format would change it"
    fi
  done < <(cxx_files)
  echo "format: $differ files differ (./dev format)"
  [[ $differ == 0 ]]
}

cmd_format() {
  need check
  cxx_files | xargs clang-format-19 -i
}

check_layers() { tools/check_layers.py; }
check_sizes() { tools/check_sizes.py; }
check_words() { tools/check_words.py; }
check_docs() { tools/check_docs.py; }

check_scripts() {
  shellcheck dev .ci/run tools/dev/*.sh || return
  local file
  while IFS= read -r file; do
    /usr/bin/python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$file" || return
  done < <(git ls-files '*.py' tests/e2e/run tests/interop/run)
  echo "scripts: good"
}

# Everything there is, by g++, with warnings as errors; asan and tsan build it by clang++ too.
check_warnings() {
  configure_tests && compile release all
}

check_headers() {
  configure_tests && compile release hark_proto && tools/check_headers.py build/release
}

check_tidy() {
  configure_asan && compile asan hark_proto || return
  local code=0
  run-clang-tidy-19 -quiet -p build/asan -j "$(nproc)" "^$PWD/(src|sdk)/(?!.*_test\.cpp)" >build/logs/tidy.log 2>&1 || code=$?
  grep -A6 -E '(error|warning): ' build/logs/tidy.log || true
  echo "tidy: $(grep -c 'clang-tidy-19 -' build/logs/tidy.log) sources read (build/logs/tidy.log)"
  return $code
}

configure_asan() { configure asan; }

sanitizer_options() {
  export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1
  export UBSAN_OPTIONS=print_stacktrace=1
  export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
  export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19 TSAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19
}

check_asan() {
  (
    sanitizer_options
    configure_asan && compile asan unit_tests || exit
    tools/run_unit_tests.py build/asan/unit_tests.txt || exit
    if has_target asan hark_sim; then
      compile asan hark_sim || exit
      "$(find_sim asan)" --histories "$asan_histories" --seed "$sim_seed"
    else
      echo "asan: there is no simulation yet (tests/sim); not run"
    fi
  )
}

# What threads share is in runtime/ and fabric/, and meets in server/; the client has a thread of its own.
check_tsan() {
  (
    sanitizer_options
    configure tsan || exit
    local name
    local -a names=()
    for name in runtime_test fabric_test gateway_test server_test client_test; do
      if has_target tsan "$name"; then names+=("$name"); else echo "tsan: there is no $name"; fi
    done
    compile tsan "${names[@]}" && tools/run_unit_tests.py build/tsan/unit_tests.txt "${names[@]}"
  )
}

check_fuzz() { fuzz_all "$fuzz_seconds"; }
