//! Raw packets, records, statistics and rates: what was received and what it says.
