-- The migrator has made the schema and runs this in one transaction.

-- One row for each learner and lab name, for ever; without a stack its phase is 'absent'.
create table lab_terminal.lab (
  id text primary key default gen_random_uuid()::text,
  issuer text not null,
  subject text not null,
  name text not null,
  rev integer not null default 1,
  phase text not null default 'absent',
  since timestamptz not null,
  desired text not null default 'absent',
  resetting boolean not null default false,
  cloud text,
  stack text,
  started_at timestamptz,
  attempts integer not null default 0,
  progress jsonb,
  problem text,
  reason text,
  active_at timestamptz,
  suspend_at timestamptz,
  delete_at timestamptz,
  look_at timestamptz,
  unique (issuer, subject, name)
);
create index lab_look_at on lab_terminal.lab (look_at) where look_at is not null;
create index lab_phase on lab_terminal.lab (phase);

-- Every change of a phase: what happened to a lab, and what it cost.
create table lab_terminal.ledger (
  id bigint generated always as identity primary key,
  lab text not null references lab_terminal.lab (id),
  issuer text not null,
  subject text not null,
  name text not null,
  phase_from text not null,
  phase_to text not null,
  at timestamptz not null,
  cause text,
  cloud text
);
create index ledger_lab on lab_terminal.ledger (lab, id);
create index ledger_at on lab_terminal.ledger (at);

create function lab_terminal.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is only ever added to';
end
$$;
create trigger ledger_append_only before update or delete or truncate on lab_terminal.ledger
  for each statement execute function lab_terminal.refuse_change();

-- How long a lab of that name took; the last 50 of each are kept.
create table lab_terminal.duration (
  id bigint generated always as identity primary key,
  name text not null,
  kind text not null,
  seconds double precision not null,
  at timestamptz not null default now()
);
create index duration_name on lab_terminal.duration (name, kind, id desc);

-- A running backend. It is alive while it is not ended and was seen lately.
create table lab_terminal.replica (
  id text primary key,
  name text not null,
  seen_at timestamptz not null default now(),
  ended boolean not null default false
);

-- The pools of job workers of a replica, to free the jobs of a dead one.
create table lab_terminal.worker (
  pool text primary key,
  replica text not null references lab_terminal.replica (id) on delete cascade
);

-- A page that is open: an event stream or a tunnel.
create table lab_terminal.link (
  lab text not null references lab_terminal.lab (id) on delete cascade,
  link text not null,
  replica text not null references lab_terminal.replica (id) on delete cascade,
  since timestamptz not null default now(),
  primary key (lab, link, replica)
);
create index link_replica on lab_terminal.link (replica);

create table lab_terminal.session (
  hash text primary key,
  principal jsonb not null,
  origin text not null,
  expires_at timestamptz not null
);
create index session_expires_at on lab_terminal.session (expires_at);

create table lab_terminal.ticket (
  hash text primary key,
  claims jsonb not null,
  expires_at timestamptz not null
);
create index ticket_expires_at on lab_terminal.ticket (expires_at);

-- The ids of tokens that were used, as a digest: their length is the issuer's.
create table lab_terminal.token_id (
  digest text primary key,
  expires_at timestamptz not null
);
create index token_id_expires_at on lab_terminal.token_id (expires_at);

-- Schedules the reconciler for a lab, in place of what was scheduled before. Under the lock of the lab's row, so that of
-- two at once the later one wins as a whole.
create function lab_terminal.wake(lab_id text, wake_at timestamptz) returns void language plpgsql as $$
declare
  job bigint;
begin
  perform 1 from lab_terminal.lab where id = lab_id for no key update;
  -- A worker that takes the job between two statements of add_job makes it add nothing; then it is asked again.
  while job is null loop
    select id into job from graphile_worker.add_job(
      'reconcile',
      json_build_object('lab', lab_id),
      run_at => wake_at,
      job_key => 'lab:' || lab_id,
      job_key_mode => 'replace'
    );
  end loop;
end
$$;

-- As `wake`, unless the lab is looked at before that anyway.
create function lab_terminal.wake_by(lab_id text, wake_at timestamptz) returns void language plpgsql as $$
begin
  perform 1 from lab_terminal.lab where id = lab_id for no key update;
  if not exists (
    select 1 from graphile_worker.jobs
    where key = 'lab:' || lab_id and locked_at is null and attempts < max_attempts and run_at <= wake_at
  ) then
    perform lab_terminal.wake(lab_id, wake_at);
  end if;
end
$$;
