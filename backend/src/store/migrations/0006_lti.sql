-- What the LTI tool keeps for one use: sign-ins under way, codes, choices of authors. Under the hash of a secret.
create table lab_terminal.lti_once (
  hash text primary key,
  value jsonb not null,
  expires_at timestamptz not null
);
create index lti_once_expires_at on lab_terminal.lti_once (expires_at);

-- Registrations that platforms made themselves; the others are in the configuration.
create table lab_terminal.lti_registration (
  issuer text not null,
  client_id text not null,
  deployment_ids jsonb not null,
  auth_url text not null,
  token_url text not null,
  jwks_url text not null,
  registered_at timestamptz not null default now(),
  primary key (issuer, client_id)
);

-- The keys this tool signs with, with their private halves.
create table lab_terminal.lti_key (
  kid text primary key,
  jwk jsonb not null,
  created_at timestamptz not null
);

-- Where the score of a learner in a lab is sent, as their last launch said, and how the last score was dated.
create table lab_terminal.lti_grade (
  issuer text not null,
  subject text not null,
  lab text not null,
  client_id text not null,
  line_item text not null,
  scored_at timestamptz,
  primary key (issuer, subject, lab)
);
