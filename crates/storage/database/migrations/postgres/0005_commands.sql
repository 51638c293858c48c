-- Commands to devices with every step, and when devices were connected.

-- One command; its id is a UUID v7 made by the creator, so that asking twice makes one command.
CREATE TABLE command (
    id UUID NOT NULL PRIMARY KEY,
    device_id BIGINT NOT NULL REFERENCES device (id),
    -- the name in the API, such as get_clock
    kind TEXT NOT NULL,
    parameters_json TEXT NOT NULL,
    -- a new password or key, sealed; cleared when the command has ended
    secret_sealed BYTEA,
    created_by TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    -- queued, sent, accepted, done, failed, timed_out, expired, cancelled
    state TEXT NOT NULL,
    -- the request number by which the device answers; set when first sent
    qn TEXT,
    attempts BIGINT NOT NULL,
    -- when to send again or give up; NULL when waiting for the device or ended
    due_at_ms BIGINT,
    request_result BIGINT,
    execution_result BIGINT,
    data_packets BIGINT NOT NULL,
    finished_at_ms BIGINT,
    revision BIGINT NOT NULL
);
CREATE INDEX command_device ON command (device_id, created_at_ms);
CREATE INDEX command_created ON command (created_at_ms);
CREATE INDEX command_open ON command (device_id, created_at_ms) WHERE finished_at_ms IS NULL;

-- What happened to a command, in order; packets with passwords and keys masked.
CREATE TABLE command_step (
    command_id UUID NOT NULL REFERENCES command (id),
    sequence BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    kind TEXT NOT NULL,
    packet TEXT,
    note TEXT,
    PRIMARY KEY (command_id, sequence)
);

-- A device heard on a connection, from its first packet there to its end.
CREATE TABLE device_session (
    device_id BIGINT NOT NULL REFERENCES device (id),
    connection_id BIGINT NOT NULL,
    peer TEXT NOT NULL,
    began_at_ms BIGINT NOT NULL,
    ended_at_ms BIGINT,
    last_packet_at_ms BIGINT NOT NULL,
    packets BIGINT NOT NULL,
    end_reason TEXT,
    PRIMARY KEY (device_id, began_at_ms, connection_id)
);
CREATE INDEX device_session_open ON device_session (device_id) WHERE ended_at_ms IS NULL;

-- How far the automatic re-request of missing data has come for a device and kind of record.
CREATE TABLE backfill_progress (
    device_id BIGINT NOT NULL REFERENCES device (id),
    kind TEXT NOT NULL,
    -- not asked again before this moment
    not_before_ms BIGINT NOT NULL,
    -- refusals and empty answers in a row
    failures BIGINT NOT NULL,
    last_command UUID,
    PRIMARY KEY (device_id, kind)
);

-- Gaps that a device was asked for and had nothing: not asked for again before a moment.
CREATE TABLE backfill_gap (
    device_id BIGINT NOT NULL REFERENCES device (id),
    kind TEXT NOT NULL,
    from_ms BIGINT NOT NULL,
    to_ms BIGINT NOT NULL,
    asked BIGINT NOT NULL,
    not_before_ms BIGINT NOT NULL,
    PRIMARY KEY (device_id, kind, from_ms)
);
