# shellcheck shell=bash
# Sourced after steps.sh. The Debian packages that Upline needs, by purpose, and how they get installed.

packages_of() {
  case $1 in
    build)
      say clang-19 cmake ninja-build mold pkg-config git curl \
        libsqlitecpp-dev libsqlite3-dev libcereal-dev libcli11-dev nlohmann-json3-dev libfmt-dev \
        libtomlplusplus-dev libsodium-dev libssl-dev zlib1g-dev liblz4-dev libmimalloc-dev libboost1.81-dev libyaml-cpp-dev \
        libcurl4-openssl-dev libspdlog-dev prometheus-cpp-dev libxlsxwriter-dev
      ;;
    test)
      say catch2 librapidcheck-dev libclang-rt-19-dev llvm-19 clang-format-19 clang-tidy-19 sqlite3 \
        libvalijson-dev libxml2-utils hledger ledger beancount python3-openpyxl
      ;;
    bench) say libbenchmark-dev valgrind python3 postgresql nginx-light wrk linux-perf ;; # with what Upline is measured against
    lint) say nodejs npm ;; # for .ci/run: the contract of the API is checked by a program of the npm registry
    *) stop "there is no set of packages called '$1'." ;;
  esac
}

# missing_packages PACKAGE...: those that are not installed.
missing_packages() {
  { dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true; } |
    awk -v wanted="$*" '
      $2 == "installed" { installed[$1] = 1 }
      END { n = split(wanted, names, " "); for (i = 1; i <= n; i++) if (!(names[i] in installed)) print names[i] }'
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"
  else
    sudo env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"
  fi
}

may_install() {
  [ "$(id -u)" -eq 0 ] && return
  command -v sudo >/dev/null || return
  if [ -t 0 ]; then sudo -v; else sudo -n true 2>/dev/null; fi
}

# install_packages SET...: installs what is missing; says so in one sentence when it cannot.
install_packages() {
  local wanted=() missing=() set log=build/logs/packages.log absent
  command -v apt-get >/dev/null ||
    stop "this script installs Debian packages, and this system has no apt-get: use Debian 12."
  for set in "$@"; do read -ra missing <<<"$(packages_of "$set")" && wanted+=("${missing[@]}"); done
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  if [ ${#missing[@]} -eq 0 ]; then
    say "   all ${#wanted[@]} packages are there"
    return
  fi
  may_install ||
    stop "${#missing[@]} Debian packages have to be installed, which needs root or sudo: run this as root, or have an administrator run: apt-get install ${missing[*]}"
  say "   installing ${missing[*]}"
  mkdir -p build/logs
  if ! as_root apt-get -o DPkg::Lock::Timeout=300 update >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    stop "the list of Debian packages could not be fetched (the whole output: $log)."
  fi
  # With RUNLEVEL=1 the servers among them are not started: the measurements start their own.
  if ! as_root env RUNLEVEL=1 apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install --yes --no-install-recommends \
    "${missing[@]}" >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    absent=$(sed -n "s/^E: Unable to locate package //p; s/^E: Package '\(.*\)' has no installation candidate/\1/p" "$log" | paste -sd ' ')
    [ -z "$absent" ] || stop "this machine's package sources do not have: $absent. Upline builds on Debian 12 with its main archive."
    stop "Debian packages could not be installed (the whole output: $log)."
  fi
}
