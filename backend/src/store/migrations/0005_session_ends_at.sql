-- When the LMS must have vouched for the learner again, however busy the session is.
-- Sessions of the release before do not know; their pages sign in anew by themselves.
delete from lab_terminal.session;
alter table lab_terminal.session add column ends_at timestamptz not null;
