# What lies in the home of the learner who is recorded: all written here, so that recordings hold nobody else's text.
cat >hello.c <<'C'
/* A program to look at: words, numbers, strings. */
#include <stdio.h>

#define ROUNDS 5

static int square(int number) { return number * number; }

int main(void) {
  const char *greeting = "Hello, 世界! naïve café 🚀\n";
  for (int round = 0; round < ROUNDS; round++) {
    printf("%d: %d\n", round, square(round)); /* a comment */
  }
  fputs(greeting, stdout);
  return 0;
}
C
{
  echo '# Notes'
  for n in $(seq 1 60); do
    echo "$n. a line of notes with some words in it, and now and then Ωmega, 漢字 or an emoji 🎉 at number $n"
  done
} >notes.md
awk 'BEGIN { for (n = 1; n <= 200; n++) printf "\033[%d;%dmline %d\033[0m of a log, level %s, which is long enough to wrap on a narrow screen because it goes on and on\n", n % 2, 31 + n % 7, n, (n % 5 ? "info" : "warning") }' </dev/null >log.ansi
mkdir -p src/core src/wire docs data
touch src/core/machine.ts src/core/view.ts src/wire/ssh.ts docs/guide.md data/a.tar.gz data/picture.png data/link
ln -sf ../hello.c data/link
printf '#!/bin/sh\necho run\n' >data/run.sh
chmod +x data/run.sh
cat >lab.1 <<'ROFF'
.TH LAB 1 "2026" "lab" "Exercises"
.SH NAME
lab \- a page of a manual with \fBbold\fR and \fIitalic\fR words
.SH SYNOPSIS
.B lab
[\fB\-v\fR] [\fB\-o\fR \fIfile\fR] \fIname\fR ...
.SH DESCRIPTION
Starts what is named. Words enough that the lines of this paragraph are filled and adjusted by the formatter, which
hyphenates \(em as it does everywhere \(em and quotes \(lqthings\(rq.
.TP
.B \-v
says more about what is done.
.TP
.BI \-o " file"
writes to a file.
.SH EXAMPLES
.nf
lab -v one
lab -o out.txt two
.fi
.SH SEE ALSO
.BR sh (1)
ROFF
cat >page.html <<'HTML'
<html><head><title>A page</title></head><body><h1>Exercises</h1>
<p>A paragraph with a <a href="page.html">link</a>, <b>bold</b> and <em>emphasis</em>, 漢字 and ümläuts.</p>
<table border="1"><tr><th>name</th><th>value</th></tr><tr><td>one</td><td>1</td></tr><tr><td>two</td><td>2</td></tr></table>
<ul><li>first</li><li>second</li></ul><form><input type="text" value="type here"><input type="submit" value="Send"></form>
</body></html>
HTML
cat >colours.sh <<'SH'
for n in $(seq 0 79); do
  printf '\033[48;2;%d;%d;%dm\033[38;2;%d;%d;%dm▀' $((n * 3)) $((255 - n * 3)) 120 $((255 - n * 3)) 80 $((n * 3))
done
printf '\033[0m\n'
for style in 1 2 3 4 '4:2' '4:3' '4:4' '4:5' 5 7 8 9 21 53; do printf '\033[%smstyle %s\033[0m ' "$style" "$style"; done
printf '\n\033[4:3;58:2::255:0:0mred curls\033[0m \033[4;58:5:45mblue line\033[0m\n'
SH
cat >progress.sh <<'SH'
tput civis
for n in $(seq 1 20); do
  printf '\r\033[K[%-20s] %3d%%' "$(printf '%*s' "$n" '' | tr ' ' '#')" $((n * 5))
  sleep 0.02
done
printf '\nstep done\n'
tput sc; tput cup 0 60; tput rev; printf ' 20 of 20 '; tput sgr0; tput rc
printf 'waiting'
sleep 100
SH
cat >mail.mbox <<'MBOX'
From learner@lab Mon Jan  5 10:00:00 2026
From: Ada <ada@example.org>
To: learner@lab
Subject: =?UTF-8?B?0J/RgNC40LLQtdGC?= and welcome
Date: Mon, 5 Jan 2026 10:00:00 +0000
Content-Type: text/plain; charset=utf-8

The first letter.
> quoted once
>> quoted twice

From learner@lab Tue Jan  6 10:00:00 2026
From: Bob <bob@example.org>
To: learner@lab
Subject: Results
Date: Tue, 6 Jan 2026 10:00:00 +0000

The second letter.

MBOX
{
  export HOME=/home/learner GIT_CONFIG_NOSYSTEM=1
  export GIT_AUTHOR_NAME=Learner GIT_AUTHOR_EMAIL=learner@lab GIT_COMMITTER_NAME=Learner GIT_COMMITTER_EMAIL=learner@lab
  export GIT_AUTHOR_DATE=2026-01-05T10:00:00Z GIT_COMMITTER_DATE=2026-01-05T10:00:00Z
  git init -q -b main repo
  cd repo
  cp ../hello.c . && git add . && git commit -qm 'The first version'
  git checkout -qb round
  sed -i 's/ROUNDS 5/ROUNDS 7/' hello.c && git commit -qam 'More rounds'
  git checkout -q main
  cp ../notes.md . && git add . && git commit -qm 'Notes — with a dash and 漢字'
  git merge -q --no-edit round
  sed -i 's/square(round)/square(round + 1)/; s/return 0/return 1/' hello.c
  printf '[safe]\n\tdirectory = *\n[user]\n\tname = Learner\n\temail = learner@lab\n' >../.gitconfig
  cd ..
}
printf 'set nocompatible\nset t_Co=256\nset viminfo=\n' >.vimrc
printf 'startup_message off\n' >.screenrc
printf "PS1='\\\\[\\\\e[32m\\\\]learner\\\\[\\\\e[0m\\\\]:\\\\w\\$ '\nHISTFILE=\n" >.bashrc
