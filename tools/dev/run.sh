# Starting hark and what tests it at length: run, demo, sim, bench, interop, soak, mutants. Read by ./dev.
# shellcheck shell=bash

cmd_run() {
  local listen=127.0.0.1:8080 i
  local -a arguments=("$@")
  for ((i = 0; i < $#; i++)); do
    case ${arguments[i]} in
      --listen) listen=${arguments[i + 1]:-$listen} ;;
      --listen=*) listen=${arguments[i]#--listen=} ;;
    esac
  done
  need build try  # each line below can be pasted
  build_release
  cat <<TRY

hark starts on $listen. Then, from a second terminal in this folder:

  curl -i http://$listen/readyz
  curl -s http://$listen/metrics

  ./tools/topic.py --server $listen subscribe default news
  ./tools/topic.py --server $listen publish default news 'hello, world'
  curl -i -d 'hello, curl' http://$listen/topics/default/news

  npm install --no-save --prefix build/try @gomomento/sdk
  HARK=$listen NODE_PATH=build/try/node_modules node docs/examples/hello.js

Ctrl-C drains it and ends.

TRY
  exec build/release/hark serve --dev "$@"
}

cmd_demo() {
  need build client
  build_release
  /usr/bin/python3 tools/demo.py build/release/hark "$@"
}

cmd_sim() {
  need test
  configure_tests
  has_target release hark_sim || die "there is no simulation yet (tests/sim)"
  compile release hark_sim
  "$(find_sim release)" "$@"
}

# find_sim PRESET: the simulation program of a build.
find_sim() {
  find "build/$1" -name hark_sim -type f -perm -u+x -print -quit
}

cmd_bench() {
  local what=${1:-}
  (($# == 0)) || shift
  case $what in
    fanout)
      need bench
      configure release -D HARK_TESTS=OFF -D HARK_BENCH=ON
      compile release hark hark_bench_fanout hark_bench_floor
      /usr/bin/python3 bench/run_fanout.py "$@"
      ;;
    micro)
      need bench
      configure release -D HARK_TESTS=OFF -D HARK_BENCH=ON
      local source name
      for source in bench/micro/*_bench.cpp; do
        name=hark_bench_$(basename "$source" _bench.cpp)
        compile release "$name"
        "build/release/bench/$name" "$@"
      done
      ;;
    *) die "./dev bench fanout, or ./dev bench micro (bench/README.md)" ;;
  esac
}

cmd_interop() {
  need build client
  build_release
  tests/interop/run --hark build/release/hark "$@"
}

cmd_soak() {
  [[ -x tests/soak/run ]] || die "there are no soak tests yet (tests/soak/run)"
  need soak
  build_release
  tests/soak/run "$@"
}

cmd_mutants() {
  [[ -f tools/run_mutants.py ]] || die "there is no list of mutants yet (tools/run_mutants.py)"
  need test
  /usr/bin/python3 tools/run_mutants.py "$@"
}
