# shellcheck shell=bash
# Sourced by quickstart, runtests and the scripts under .ci/ and tests/: says what is being done and how long it took,
# and names the step that failed. The caller has `set -euo pipefail` and stands in the project's folder.

logs=build/logs
step_name=
step_started=0
step_times=()
# shellcheck disable=SC2034 # for the caller
script_started=${EPOCHREALTIME/[.,]/}

say() { printf '%s\n' "$*"; }

# One clear sentence, and out.
stop() {
  step_name=
  printf '%s: %s\n' "${0#./}" "$*" >&2
  exit 1
}

# seconds_since MICROSECONDS: "12.3 s"
seconds_since() {
  local spent=$((${EPOCHREALTIME/[.,]/} - $1))
  printf '%d.%d s' $((spent / 1000000)) $((spent / 100000 % 10))
}

step() {
  end_step
  step_name=$1
  step_started=${EPOCHREALTIME/[.,]/}
  printf '\n== %s\n' "$step_name"
}

end_step() {
  [ -n "$step_name" ] || return 0
  local took
  took=$(seconds_since "$step_started")
  step_times+=("$(printf '%10s  %s' "$took" "$step_name")")
  step_name=
  printf '   done in %s\n' "$took"
}

name_the_failed_step() {
  local status=$1
  [ "$status" -eq 0 ] || [ -z "$step_name" ] ||
    printf '\n%s: failed at "%s" after %s.\n' "${0#./}" "$step_name" "$(seconds_since "$step_started")" >&2
}
trap 'name_the_failed_step $?' EXIT

# logged LOG COMMAND...: the output goes to build/logs/LOG; its end is shown when the command fails.
logged() {
  local log=$logs/$1 status=0
  shift
  mkdir -p "$logs"
  "$@" >"$log" 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then
    tail -n 60 "$log" >&2
    printf '(the whole output: %s)\n' "$log" >&2
  fi
  return "$status"
}

# How many compilers at once: one per core, and 2 GB of memory for each.
jobs() {
  local cores memory_kb limit by_memory
  cores=$(nproc)
  memory_kb=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
  # A container may have less than the machine.
  if [ -r /sys/fs/cgroup/memory.max ] && read -r limit </sys/fs/cgroup/memory.max && [[ $limit =~ ^[0-9]+$ ]]; then
    memory_kb=$((limit / 1024 < memory_kb ? limit / 1024 : memory_kb))
  fi
  by_memory=$((memory_kb / 2000000))
  [ "$by_memory" -ge 1 ] || by_memory=1
  say $((cores < by_memory ? cores : by_memory))
}

# configure PRESET [OPTION...]
configure() { logged "configure-$1.log" cmake --preset "$@"; }

# build PRESET [TARGET...]: with ninja's own progress on a terminal.
build() {
  local preset=$1 command
  shift
  command=(cmake --build --preset "$preset" --parallel "$(jobs)")
  [ $# -eq 0 ] || command+=(--target "$@")
  if [ -t 1 ]; then "${command[@]}"; else logged "build-$preset.log" "${command[@]}"; fi
}

# ctest_summary LOG: what ctest said at its end.
ctest_summary() { sed -n '/tests passed, /,$p' "$1"; }

# git for a checkout that may belong to somebody else.
git_here() { git -c safe.directory="$PWD" "$@"; }

# project_files [SUFFIX...]: the files that belong to the project, committed or about to be, one per line.
project_files() {
  local suffix names=()
  for suffix in "$@"; do names+=("*$suffix"); done
  if git_here rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git_here ls-files --cached --others --exclude-standard -- "${names[@]}" | while IFS= read -r file; do
      [ ! -f "$file" ] || say "$file"
    done
  else
    [ $# -gt 0 ] || names=('*')
    for suffix in "${names[@]}"; do
      find . \( -path ./build -o -path ./upline-data -o -path ./.git \) -prune -o -type f -name "$suffix" -print
    done | sed 's|^\./||'
  fi | LC_ALL=C sort -u
}
