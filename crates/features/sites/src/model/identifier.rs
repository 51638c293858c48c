//! One newtype for each kind of identifier.

use core::fmt;

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident,)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, formatter)
            }
        }

        impl From<i64> for $name {
            fn from(id: i64) -> Self {
                Self(id)
            }
        }
    )* };
}

identifiers! {
    /// An enterprise, a bureau, an operator of monitors.
    OrganisationId,
    /// A place with monitors.
    SiteId,
    /// A monitoring point: an outlet, a station, a probe.
    PointId,
    /// A factor that a point measures.
    FactorId,
    /// A limit of a factor at a point.
    LimitId,
    /// A data logger (数采仪).
    DeviceId,
}
