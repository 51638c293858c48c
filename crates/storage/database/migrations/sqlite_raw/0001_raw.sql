-- Raw packets: the journal as they arrived, and the vault by MN and day.

-- One row for each group commit. A packet's id is batch id * 65536 + its place in the batch.
CREATE TABLE raw_batch (
    id INTEGER NOT NULL PRIMARY KEY,
    first_received_ms INTEGER NOT NULL,
    last_received_ms INTEGER NOT NULL,
    packet_count INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    -- zstd; its inside is described in monitoring::journal::batch
    content BLOB NOT NULL,
    -- SM3 over the hash before, the id and the content
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX raw_batch_received ON raw_batch (last_received_ms);

-- Where the journal's chain stands, also when all batches have gone to the vault.
CREATE TABLE raw_journal_head (
    id INTEGER NOT NULL PRIMARY KEY,
    last_batch_id INTEGER NOT NULL,
    last_hash BLOB NOT NULL,
    -- the last batch that was packed into the vault, and its hash
    packed_batch_id INTEGER NOT NULL,
    packed_hash BLOB NOT NULL
) STRICT;
INSERT INTO raw_journal_head (id, last_batch_id, last_hash, packed_batch_id, packed_hash)
VALUES (1, 0, x'', 0, x'');

-- Packets of one MN received on one Beijing day; a day may have several parts.
CREATE TABLE raw_block (
    mn TEXT NOT NULL,
    day INTEGER NOT NULL,
    part INTEGER NOT NULL,
    first_packet_id INTEGER NOT NULL,
    last_packet_id INTEGER NOT NULL,
    packet_count INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    -- zstd of the packets' ids, so that a packet is found without opening every block
    packet_ids BLOB NOT NULL,
    content BLOB NOT NULL,
    -- the MN's chain after the last packet of this block
    hash BLOB NOT NULL,
    PRIMARY KEY (mn, day, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX raw_block_packets ON raw_block (first_packet_id, last_packet_id);

-- The head of each MN's chain over its packets from the first.
CREATE TABLE raw_chain (
    mn TEXT NOT NULL PRIMARY KEY,
    packet_count INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;

-- Packets of unknown devices or with a wrong password, bounded.
CREATE TABLE quarantined_packet (
    id INTEGER NOT NULL PRIMARY KEY,
    mn TEXT NOT NULL,
    peer TEXT NOT NULL,
    reason TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    packet BLOB NOT NULL
) STRICT;
CREATE INDEX quarantined_packet_mn ON quarantined_packet (mn, id);
CREATE INDEX quarantined_packet_peer ON quarantined_packet (peer, id);

-- What came in quarantine and how much of it is kept.
CREATE TABLE quarantine_count (
    mn TEXT NOT NULL,
    peer TEXT NOT NULL,
    reason TEXT NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    PRIMARY KEY (mn, peer, reason)
) STRICT;

-- Frames that fail their checksum and garbage between frames: counts, and a bounded sample.
CREATE TABLE defect_count (
    peer TEXT NOT NULL,
    defect TEXT NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    seen_bytes INTEGER NOT NULL,
    PRIMARY KEY (peer, defect)
) STRICT;
CREATE TABLE defect_sample (
    id INTEGER NOT NULL PRIMARY KEY,
    peer TEXT NOT NULL,
    defect TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    sample BLOB NOT NULL
) STRICT;
CREATE INDEX defect_sample_peer ON defect_sample (peer, defect, id);
