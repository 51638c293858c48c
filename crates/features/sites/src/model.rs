//! What the bureau watches: regions, organisations, sites, points, factors, limits, devices.

mod device;
mod identifier;
mod place;
mod point;
mod quirks;
mod validity;
mod vocabulary;

pub use device::{
    Channel, Device, DeviceDetails, DeviceKey, DevicePassword, SecretChange, Secrets,
};
pub use identifier::{DeviceId, FactorId, LimitId, OrganisationId, PointId, SiteId};
pub use place::{
    Organisation, OrganisationDetails, Position, Region, RegionDetails, Site, SiteDetails,
};
pub use point::{
    FactorDetails, FactorLimit, LimitDetails, Point, PointDetails, PointFactor, Timetable,
};
pub use quirks::{
    Acknowledgement, ChecksumQuirk, DeviceQuirks, LengthQuirk, PasswordCheck, QuirksError,
};
pub use validity::Validity;
pub use vocabulary::{
    LimitOrigin, LimitStatistic, Medium, OrganisationKind, PeriodLabel, RecordKind, SiteKind,
    UnknownWord,
};
