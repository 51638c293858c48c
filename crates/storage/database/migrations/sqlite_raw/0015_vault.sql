-- The vault: packets of one MN and device received on one Beijing day, packed out of one window of
-- the journal.
-- The table was never written before.
DROP TABLE raw_block;
CREATE TABLE raw_block (
    mn TEXT NOT NULL,
    day INTEGER NOT NULL,
    -- the window; a part whose window is not there yet is being written
    part INTEGER NOT NULL,
    -- one MN may have been several devices', and a packet may name none
    device_id INTEGER NOT NULL,
    first_packet_id INTEGER NOT NULL,
    last_packet_id INTEGER NOT NULL,
    packet_count INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    -- the packets' ids, so that a packet is found without opening every block
    packet_ids BLOB NOT NULL,
    content BLOB NOT NULL,
    -- the MN's chain after the last packet of this block
    hash BLOB NOT NULL,
    PRIMARY KEY (mn, part, day, device_id)
) STRICT;
CREATE INDEX raw_block_part ON raw_block (part, mn, day, device_id);
CREATE INDEX raw_block_device ON raw_block (device_id, part);

-- A run of journal batches that was packed together: its blocks were read back and compared with the
-- packets before this row was written, and the batches removed after it.
CREATE TABLE raw_window (
    id INTEGER NOT NULL PRIMARY KEY,
    first_batch_id INTEGER NOT NULL,
    last_batch_id INTEGER NOT NULL,
    first_received_ms INTEGER NOT NULL,
    last_received_ms INTEGER NOT NULL,
    packet_count INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    -- the journal's chain after its last batch
    journal_hash BLOB NOT NULL,
    -- SM3 over the seal before, the numbers, the journal's hash and the hashes of the blocks
    seal BLOB NOT NULL
) STRICT;
CREATE INDEX raw_window_batches ON raw_window (last_batch_id);
