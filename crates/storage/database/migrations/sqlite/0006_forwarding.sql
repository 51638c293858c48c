-- Superior platforms that packets go out to, and how far each has come.

CREATE TABLE forwarding_target (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    is_enabled INTEGER NOT NULL,
    -- original: the bytes as received; re_encoded: with the MN and password of the map
    encoding TEXT NOT NULL,
    waits_for_acknowledgement INTEGER NOT NULL,
    acknowledgement_timeout_s INTEGER NOT NULL,
    resends INTEGER NOT NULL,
    -- which CN go out, separated by commas; empty: all uploads
    commands_filter TEXT NOT NULL,
    -- whether devices without a row in forwarding_device go out too
    forwards_all_devices INTEGER NOT NULL,
    passes_commands_down INTEGER NOT NULL,
    -- everything up to this packet of the journal is done: the queue is what comes after it
    done_packet_id INTEGER NOT NULL,
    done_received_at_ms INTEGER,
    sent INTEGER NOT NULL,
    given_up INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;

-- Which devices go to a target, and under which name.
CREATE TABLE forwarding_device (
    target_id INTEGER NOT NULL REFERENCES forwarding_target (id),
    device_id INTEGER NOT NULL REFERENCES device (id),
    -- NULL: the device's own MN
    superior_mn TEXT,
    -- NULL: the device's own password; sealed
    superior_password_sealed BLOB,
    is_enabled INTEGER NOT NULL,
    PRIMARY KEY (target_id, device_id)
) STRICT, WITHOUT ROWID;

-- Packets that a target refused or never acknowledged; they are passed over so that others go on.
CREATE TABLE forwarding_failure (
    target_id INTEGER NOT NULL REFERENCES forwarding_target (id),
    packet_id INTEGER NOT NULL,
    device_id INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (target_id, packet_id)
) STRICT, WITHOUT ROWID;

-- A superior's command on its way down, to send the device's answers back up.
CREATE TABLE forwarded_command (
    command_id BLOB NOT NULL PRIMARY KEY REFERENCES command (id),
    target_id INTEGER NOT NULL REFERENCES forwarding_target (id),
    superior_qn TEXT NOT NULL,
    superior_mn TEXT NOT NULL,
    UNIQUE (target_id, superior_mn, superior_qn)
) STRICT;
