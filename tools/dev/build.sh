# Configuring and compiling. Read by ./dev.
# shellcheck shell=bash

export NINJA_STATUS='[%f/%t, %e s] '

# configure PRESET [-D NAME=VALUE...]: quiet unless it fails.
configure() {
  local preset=$1 log
  shift
  log=build/$preset/configure.log
  mkdir -p "build/$preset"
  cmake --preset "$preset" "$@" >"$log" 2>&1 || {
    cat "$log"
    die "configuring the preset $preset failed"
  }
}

# compile PRESET TARGET...: all that can be compiled, also when something cannot.
compile() {
  local preset=$1
  shift
  cmake --build "build/$preset" --target "$@" -- -k 0
}

# has_target PRESET TARGET: whether the configured build knows it.
has_target() {
  ninja -C "build/$1" -t query "$2" >/dev/null 2>&1
}

build_release() {
  need build
  configure release -D HARK_TESTS=OFF -D HARK_BENCH=OFF
  compile release hark
}

cmd_build() {
  build_release
  say "built build/release/hark"
}
