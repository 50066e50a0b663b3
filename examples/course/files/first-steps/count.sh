#!/bin/sh
# Counts, one number a second, and says which process counts.
n=0
while :; do
  n=$((n + 1))
  echo "process $$ counts $n"
  sleep 1
done
