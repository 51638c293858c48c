-- What a superior may order, its heartbeat, failures that are to be sent again, and how far the
-- answers to a passed command have gone up.
ALTER TABLE forwarding_target ADD COLUMN allowed_commands TEXT NOT NULL DEFAULT '';
ALTER TABLE forwarding_target ADD COLUMN heartbeat_interval_s INTEGER NOT NULL DEFAULT 0;

-- failed: given up; queued: somebody asked to send it again
ALTER TABLE forwarding_failure ADD COLUMN state TEXT NOT NULL DEFAULT 'failed';
ALTER TABLE forwarding_failure ADD COLUMN detail TEXT NOT NULL DEFAULT '';
ALTER TABLE forwarding_failure ADD COLUMN attempts INTEGER NOT NULL DEFAULT 1;
CREATE INDEX forwarding_failure_queued ON forwarding_failure (target_id, packet_id) WHERE state = 'queued';

-- the Flag of the superior's request, by which its edition is known
ALTER TABLE forwarded_command ADD COLUMN superior_flag TEXT NOT NULL DEFAULT '';
ALTER TABLE forwarded_command ADD COLUMN ordered_at_ms INTEGER NOT NULL DEFAULT 0;
-- whether 9011 has gone up, and how many packets of data
ALTER TABLE forwarded_command ADD COLUMN is_request_answered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE forwarded_command ADD COLUMN data_sent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE forwarded_command ADD COLUMN is_finished INTEGER NOT NULL DEFAULT 0;
CREATE INDEX forwarded_command_open ON forwarded_command (target_id) WHERE is_finished = 0;
