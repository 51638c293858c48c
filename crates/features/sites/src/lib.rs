//! Regions, organisations, sites, monitoring points, devices and what each measures.
