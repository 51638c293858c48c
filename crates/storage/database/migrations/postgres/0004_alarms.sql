-- Alarm rules, alarms and their timelines, exceedances, exemptions, what the engine remembers, and
-- the duty desk.

-- Rules are never edited: a change is a new version, which ends the validity of the one before.
CREATE TABLE alarm_rule (
    rule_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    -- of a shipped rule; '' for rules made here
    key TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    definition_json TEXT NOT NULL,
    is_enabled BOOLEAN NOT NULL,
    valid_from_ms BIGINT NOT NULL,
    valid_to_ms BIGINT,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (rule_id, version)
);

CREATE TABLE alarm (
    id UUID NOT NULL PRIMARY KEY,
    -- one trace from the first second of an episode to what comes of it
    trace_id UUID NOT NULL,
    rule_id BIGINT NOT NULL,
    rule_version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    state TEXT NOT NULL,
    -- NULL where the alarm is not about one
    region_code TEXT,
    site_id BIGINT,
    point_id BIGINT,
    device_id BIGINT,
    factor_code TEXT NOT NULL,
    record_kind TEXT NOT NULL,
    detail TEXT NOT NULL,
    since_ms BIGINT NOT NULL,
    opened_ms BIGINT NOT NULL,
    recovered_ms BIGINT,
    acknowledged_ms BIGINT,
    acknowledged_by TEXT,
    acknowledge_note TEXT,
    closed_ms BIGINT,
    closed_by TEXT,
    close_reason TEXT,
    -- decimals as text, exact
    value TEXT,
    flag TEXT,
    multiple TEXT,
    packet_id BIGINT,
    peak_value TEXT,
    peak_multiple TEXT,
    peak_packet_id BIGINT,
    limit_id BIGINT,
    limit_value TEXT,
    limit_origin TEXT NOT NULL,
    limit_basis TEXT NOT NULL,
    group_id UUID,
    member_count BIGINT NOT NULL,
    late_count BIGINT NOT NULL,
    is_simulated BOOLEAN NOT NULL,
    -- FALSE between a person's close and the engine's taking note of it
    is_engine_told BOOLEAN NOT NULL,
    recorded_ms BIGINT NOT NULL
);
CREATE INDEX alarm_opened ON alarm (opened_ms, id);
CREATE INDEX alarm_state ON alarm (state, opened_ms);
CREATE INDEX alarm_point ON alarm (point_id, opened_ms);
CREATE INDEX alarm_group ON alarm (group_id);
CREATE INDEX alarm_untold ON alarm (is_engine_told) WHERE is_engine_told = FALSE;

-- The timeline of each alarm, append-only.
CREATE TABLE alarm_event (
    alarm_id UUID NOT NULL REFERENCES alarm (id),
    at_ms BIGINT NOT NULL,
    kind TEXT NOT NULL,
    recorded_ms BIGINT NOT NULL,
    actor TEXT NOT NULL,
    note TEXT NOT NULL,
    severity TEXT NOT NULL,
    value TEXT,
    multiple TEXT,
    packet_id BIGINT,
    PRIMARY KEY (alarm_id, at_ms, kind)
);
CREATE FUNCTION alarm_event_is_kept() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the timeline of an alarm is append-only'; END $$;
CREATE TRIGGER alarm_event_keeps BEFORE UPDATE ON alarm_event
FOR EACH ROW EXECUTE FUNCTION alarm_event_is_kept();
CREATE TRIGGER alarm_event_stays BEFORE DELETE ON alarm_event
FOR EACH ROW EXECUTE FUNCTION alarm_event_is_kept();

-- Every value beyond a limit in force, whatever became of alarms.
CREATE TABLE exceedance (
    point_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    time_ms BIGINT NOT NULL,
    factor_code TEXT NOT NULL,
    statistic TEXT NOT NULL,
    side TEXT NOT NULL,
    limit_origin TEXT NOT NULL,
    value TEXT NOT NULL,
    limit_value TEXT NOT NULL,
    multiple TEXT,
    limit_id BIGINT NOT NULL,
    limit_basis TEXT NOT NULL,
    packet_id BIGINT,
    is_late BOOLEAN NOT NULL,
    is_exempt BOOLEAN NOT NULL,
    recorded_ms BIGINT NOT NULL,
    -- a corrected record no longer exceeds
    withdrawn_ms BIGINT,
    PRIMARY KEY (point_id, kind, time_ms, factor_code, statistic, side, limit_origin)
);
CREATE INDEX exceedance_time ON exceedance (kind, time_ms);

-- Planned stops during which nothing is called.
CREATE TABLE alarm_exemption (
    id UUID NOT NULL PRIMARY KEY,
    site_id BIGINT NOT NULL REFERENCES site (id),
    -- NULL for all points of the site
    point_id BIGINT REFERENCES monitoring_point (id),
    -- '' for all factors
    factor_code TEXT NOT NULL,
    from_ms BIGINT NOT NULL,
    to_ms BIGINT NOT NULL,
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    revoked_ms BIGINT,
    revoked_by TEXT
);
CREATE INDEX alarm_exemption_site ON alarm_exemption (site_id, from_ms);

-- What the engine remembers between runs.
CREATE TABLE alarm_tracker (
    subject TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    rule_id BIGINT NOT NULL,
    factor_code TEXT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL,
    state_json TEXT NOT NULL,
    PRIMARY KEY (subject, subject_id, rule_id, factor_code, kind, detail)
);

-- Up to where the records of a point and kind were taken in order.
CREATE TABLE alarm_watermark (
    point_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    taken_ms BIGINT NOT NULL,
    PRIMARY KEY (point_id, kind)
);

-- A turn at the duty desk; the one without an end is the present one.
CREATE TABLE duty_shift (
    id UUID NOT NULL PRIMARY KEY,
    officer TEXT NOT NULL,
    started_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    handed_to TEXT,
    hand_over_text TEXT,
    -- how many open alarms were handed over, and which
    carried_count BIGINT NOT NULL,
    carried_json TEXT NOT NULL
);
CREATE UNIQUE INDEX duty_shift_present ON duty_shift ((1)) WHERE ended_ms IS NULL;
CREATE INDEX duty_shift_started ON duty_shift (started_ms, id);

-- The shift log, append-only.
CREATE TABLE duty_entry (
    id UUID NOT NULL PRIMARY KEY,
    shift_id UUID NOT NULL REFERENCES duty_shift (id),
    at_ms BIGINT NOT NULL,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    alarm_id UUID REFERENCES alarm (id)
);
CREATE INDEX duty_entry_shift ON duty_entry (shift_id, at_ms);
CREATE FUNCTION duty_entry_is_kept() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the shift log is append-only'; END $$;
CREATE TRIGGER duty_entry_keeps BEFORE UPDATE ON duty_entry
FOR EACH ROW EXECUTE FUNCTION duty_entry_is_kept();
CREATE TRIGGER duty_entry_stays BEFORE DELETE ON duty_entry
FOR EACH ROW EXECUTE FUNCTION duty_entry_is_kept();
