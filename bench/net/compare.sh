#!/bin/bash
# compare.sh NET_ECHO BEAST_LEAN [SECONDS] [ROUNDS]: small GETs a second of one thread, ours and a lean Beast server's
# (shared/peers/control/beast_lean.cpp, clang++-19 -O2), in turn on the same machine; prints medians and their ratio.
set -euo pipefail
ours=$1 peer=$2 seconds=${3:-5} rounds=${4:-3}
"$ours" 18181 1 > /dev/null & a=$!
"$peer" 18182 1 1 0 65536 & b=$!
trap 'kill $a $b' EXIT
sleep 0.5
measure() { wrk -t1 -c32 -d"${seconds}s" "http://127.0.0.1:$1/health" | awk '/Requests\/sec/ {print $2}'; }
for _ in $(seq "$rounds"); do
  x+="$(measure 18181)"$'\n'
  y+="$(measure 18182)"$'\n'
done
median() { sort -n | grep . | awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}'; }
x=$(median <<< "$x") y=$(median <<< "$y")
awk -v x="$x" -v y="$y" 'BEGIN {printf "ours %.0f/s  peer %.0f/s  ratio %.2f\n", x, y, x / y}'
