//! The rounding rules that standards order, by name.

/// How a value is rounded; each standard names its rule and the number of decimal places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// Round half to even, 四舍六入五成双 (GB/T 8170-2008, 3.2: 修约), to `places` decimals.
    HalfEven {
        /// Decimal places kept.
        places: u32,
    },
    /// Round half away from zero, 四舍五入, to `places` decimals.
    HalfUp {
        /// Decimal places kept.
        places: u32,
    },
    /// Round up to the next integer, 进位取整 (HJ 633-2012, 4.3): 50.01 becomes 51.
    UpToInteger,
    /// Cut off after `places` decimals (截尾).
    Truncate {
        /// Decimal places kept.
        places: u32,
    },
}
