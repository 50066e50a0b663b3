-- Small secrets of a lab's stack (key pair, host keys seen first), for as long as the stack is there.
create table lab_terminal.stack_secret (
  lab text not null references lab_terminal.lab (id) on delete cascade,
  name text not null,
  value text not null,
  primary key (lab, name)
);
