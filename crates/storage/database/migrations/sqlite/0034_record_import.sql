-- Files of records that came from an older system. Records of an import carry its number, negative,
-- in the place of a packet's: they never came from a device.
CREATE TABLE record_import (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    file_name TEXT NOT NULL,
    -- SM3 of the file: the same file is not taken twice
    file_sm3 TEXT NOT NULL UNIQUE,
    author TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    -- records that were not there yet
    record_count INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL
) STRICT;
