//! Instants, Beijing civil time and the statistical hour, day and month.
