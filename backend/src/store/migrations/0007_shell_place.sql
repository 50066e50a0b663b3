-- Where other replicas reach this one, and by which secret; null where it is alone.
alter table lab_terminal.replica add column peer jsonb;

-- Which replica holds the shell of a terminal. One that has died holds nothing, whatever is written here.
create table lab_terminal.shell_place (
  lab text not null references lab_terminal.lab (id) on delete cascade,
  terminal text not null,
  replica text not null,
  since timestamptz not null default now(),
  primary key (lab, terminal)
);
create index shell_place_replica on lab_terminal.shell_place (replica);
