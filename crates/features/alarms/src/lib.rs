//! Alarms: rules, opening, escalation, recovery, the duty desk and back-testing.
