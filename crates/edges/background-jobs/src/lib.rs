//! Schedules and queues: interpretation, statistics, compaction, self-observation.
