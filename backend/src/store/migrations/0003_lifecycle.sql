-- Several clouds: which a launch has behind it, and since when a lab waits in line for a room.
alter table lab_terminal.lab
  add column tried jsonb not null default '{}',
  add column queued_at timestamptz,
  -- What the resume, suspend or deletion under way has done on the servers.
  add column rebooted boolean not null default false,
  add column hook jsonb,
  -- The course it was last started from.
  add column course text,
  -- Something to tell the learner that is no failure, by its code.
  add column notice text;
create index lab_queued_at on lab_terminal.lab (queued_at, id) where queued_at is not null;
create index lab_place on lab_terminal.lab (cloud, name) where cloud is not null;

alter table lab_terminal.ledger add column course text;
create index ledger_learner on lab_terminal.ledger (issuer, subject, id);

-- Stacks that carry our mark and that no lab has: when they were seen, by the sweep.
create table lab_terminal.stray (
  cloud text not null,
  stack text not null,
  first_seen timestamptz not null,
  last_seen timestamptz not null,
  primary key (cloud, stack)
);

-- When each cloud was last swept, so that of many replicas one does it.
create table lab_terminal.cloud_sweep (
  cloud text primary key,
  at timestamptz not null
);
