#!/bin/sh
# Makes a day of a web shop's log, always the same one: the exercise has one right answer.
set -eu
mkdir -p logs
awk 'BEGIN {
  srand(7)
  for (hour = 0; hour < 24; hour++) {
    file = sprintf("logs/shop-%02d.log", hour)
    for (line = 0; line < 400; line++) {
      minute = int(line * 60 / 400)
      address = sprintf("10.0.%d.%d", int(rand() * 4), int(rand() * 200) + 1)
      path = substr("/cart    /login   /item/7  /item/12 /search  ", int(rand() * 5) * 9 + 1, 9)
      sub(/ +$/, "", path)
      status = rand() < 0.02 ? 404 : 200
      if (hour == 3 && line > 180 && line < 321) { address = "10.0.3.77"; path = "/login"; status = 401 }
      printf "%02d:%02d %s GET %s %d\n", hour, minute, address, path, status > file
    }
    close(file)
  }
}'
