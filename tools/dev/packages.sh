# Debian 12 packages, one list a purpose, and how they are installed. Read by ./dev.
# shellcheck shell=bash

packages_of() {
  case $1 in
    build) echo g++ cmake ninja-build pkg-config ccache mold libnghttp2-dev libboost1.81-dev libsimdjson-dev \
      libsodium-dev libprotobuf-dev protobuf-compiler libspdlog-dev libfmt-dev libcli11-dev libtomlplusplus-dev ;;
    client) echo python3 python3-grpcio python3-protobuf protobuf-compiler ;;
    try) packages_of client; echo curl; node_packages ;;
    test) packages_of build; packages_of try
      echo libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev python3-hpack python3-jsonschema prometheus chromium zsh fish man-db groff-base mandoc ;;
    fuzz) packages_of build; echo clang-19 libclang-rt-19-dev llvm-19 libgtest-dev libgmock-dev librapidcheck-dev ;;
    check) packages_of test; packages_of fuzz; echo clang-format-19 clang-tidy-19 shellcheck git ;;
    bench) packages_of build; echo python3 libbenchmark-dev redis-server ;;
    soak) packages_of test ;;
    *) die "no package list has the name $1" ;;
  esac
}

# A Node of 18 or later may come from anywhere; without one, Debian's.
node_packages() {
  local major
  major=$(node --version 2>/dev/null | sed -nE 's/^v([0-9]+)\..*/\1/p') || true
  if ((${major:-0} >= 18)) && command -v npm >/dev/null; then return; fi
  echo nodejs npm
}

# need PURPOSE...: installs what these purposes need and this machine lacks.
need() {
  local purpose package
  local -a missing=()
  for purpose in "$@"; do
    for package in $(packages_of "$purpose"); do
      [[ " ${missing[*]} " == *" $package "* ]] && continue
      [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
    done
  done
  ((${#missing[@]} == 0)) && return
  command -v apt-get >/dev/null || die "this needs Debian 12's apt-get, to install: ${missing[*]}
  (elsewhere install the like of these, and build with: cmake --preset release && cmake --build build/release)"
  say "installing ${missing[*]}"
  as_root apt-get update -q=2
  without_services apt-get install -q -y --no-install-recommends "${missing[@]}"
}

as_root() {
  if ((EUID == 0)); then
    env DEBIAN_FRONTEND=noninteractive "$@"
  else
    command -v sudo >/dev/null || die "installing packages needs root or sudo: $*"
    sudo env DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

# Some packages (prometheus, redis-server) would start a service where systemd runs: only their programs are wanted.
without_services() {
  local policy=/usr/sbin/policy-rc.d service code=0
  local -a fresh=() arguments=("$@")
  for service in prometheus redis-server; do
    [[ " ${arguments[*]} " == *" $service "* ]] && fresh+=("$service")
  done
  if ((${#fresh[@]} == 0)); then
    as_root "${arguments[@]}"
    return
  fi
  local ours=no
  if [[ ! -e $policy ]]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
    as_root chmod 755 $policy
  fi
  as_root "${arguments[@]}" || code=$?
  if [[ $ours == yes ]]; then as_root rm -f $policy; fi
  if [[ -d /run/systemd/system ]]; then as_root systemctl --quiet disable --now "${fresh[@]}" || true; fi
  return $code
}
