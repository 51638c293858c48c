-- Regions, organisations, sites, monitoring points, devices, factors and limits.

-- GB/T 2260 tree down to the grid.
CREATE TABLE region (
    code TEXT NOT NULL PRIMARY KEY,
    parent_code TEXT REFERENCES region (code),
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    longitude REAL,
    latitude REAL,
    is_simulated INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;

CREATE TABLE organisation (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL UNIQUE,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    kind TEXT NOT NULL,
    region_code TEXT NOT NULL REFERENCES region (code),
    is_simulated INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;

-- A place with monitors: an enterprise's plant, an air station, a water station.
CREATE TABLE site (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL UNIQUE,
    organisation_id INTEGER REFERENCES organisation (id),
    region_code TEXT NOT NULL REFERENCES region (code),
    kind TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    address TEXT NOT NULL,
    longitude REAL,
    latitude REAL,
    is_key INTEGER NOT NULL,
    is_simulated INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;
CREATE INDEX site_region ON site (region_code);

CREATE TABLE monitoring_point (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    site_id INTEGER NOT NULL REFERENCES site (id),
    code TEXT NOT NULL,
    medium TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    longitude REAL,
    latitude REAL,
    -- whether a period's label is its start (HJ 212-2017) or its end (air stations' practice)
    period_label TEXT NOT NULL,
    -- the expected timetable; NULL when the kind is not expected
    realtime_interval_s INTEGER,
    minute_interval_min INTEGER,
    is_hour_expected INTEGER NOT NULL,
    is_day_expected INTEGER NOT NULL,
    is_enabled INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (site_id, code)
) STRICT;

-- What a point measures.
CREATE TABLE point_factor (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    point_id INTEGER NOT NULL REFERENCES monitoring_point (id),
    factor_code TEXT NOT NULL,
    unit TEXT NOT NULL,
    decimals INTEGER NOT NULL,
    sort_order INTEGER NOT NULL,
    is_expected INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (point_id, factor_code)
) STRICT;

-- Alarm limits: which statistic of which kind of record, between which dates, from where.
CREATE TABLE factor_limit (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    point_id INTEGER NOT NULL REFERENCES monitoring_point (id),
    factor_code TEXT NOT NULL,
    kind TEXT NOT NULL,
    statistic TEXT NOT NULL,
    lower_mantissa INTEGER,
    lower_scale INTEGER,
    upper_mantissa INTEGER,
    upper_scale INTEGER,
    valid_from_ms INTEGER NOT NULL,
    valid_to_ms INTEGER,
    origin TEXT NOT NULL,
    basis TEXT NOT NULL,
    revision INTEGER NOT NULL
) STRICT;
CREATE INDEX factor_limit_point ON factor_limit (point_id, factor_code);

-- A data logger (数采仪), known by its MN and password.
CREATE TABLE device (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    mn TEXT NOT NULL,
    name TEXT NOT NULL,
    edition TEXT NOT NULL,
    system_type TEXT NOT NULL,
    -- sealed by the installation's key; never shown
    password_sealed BLOB,
    key_sealed BLOB,
    previous_key_sealed BLOB,
    -- settings for devices that break the standard
    quirks_json TEXT NOT NULL,
    valid_from_ms INTEGER NOT NULL,
    valid_to_ms INTEGER,
    is_enabled INTEGER NOT NULL,
    is_simulated INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;
CREATE INDEX device_mn ON device (mn, valid_from_ms);

-- Which point a device's factor belongs to; factor_code '' means all that no other row names.
CREATE TABLE device_channel (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    device_id INTEGER NOT NULL REFERENCES device (id),
    point_id INTEGER NOT NULL REFERENCES monitoring_point (id),
    factor_code TEXT NOT NULL,
    valid_from_ms INTEGER NOT NULL,
    valid_to_ms INTEGER
) STRICT;
CREATE INDEX device_channel_device ON device_channel (device_id);
CREATE INDEX device_channel_point ON device_channel (point_id);

-- Outlines and rivers of the map: GeoJSON text as checked when it came in.
CREATE TABLE map_layer (
    name TEXT NOT NULL PRIMARY KEY,
    geojson TEXT NOT NULL,
    feature_count INTEGER NOT NULL,
    source TEXT NOT NULL,
    is_schematic INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;

-- Counts the changes of all of the above, so that every process notices them.
CREATE TABLE sites_version (
    id INTEGER NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT;
INSERT INTO sites_version (id, version) VALUES (1, 0);
