-- Which guacd holds the connection of a terminal, and the id by which every replica joins it.
create table lab_terminal.desk_place (
  lab text not null references lab_terminal.lab (id) on delete cascade,
  terminal text not null,
  guacd text not null,
  connection text not null,
  since timestamptz not null default now(),
  primary key (lab, terminal)
);
