-- It keeps more than the LTI tool's by now: sign-in windows of Open edX too.
alter table lab_terminal.lti_once rename to one_time;
alter index lab_terminal.lti_once_pkey rename to one_time_pkey;
alter index lab_terminal.lti_once_expires_at rename to one_time_expires_at;
