//! The names of values in a packet's data area.

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// The name of a value, the part after the factor's code. The numbers are stored.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Field {
            $($(#[$doc])* $name,)*
            /// A name that the standards do not have, as sent.
            Other(Box<str>),
        }

        impl Field {
            /// The name as in a packet.
            pub fn as_str(&self) -> &str {
                match self { $(Self::$name => $text,)* Self::Other(name) => name }
            }

            /// The field of a name.
            pub fn from_name(name: &str) -> Self {
                match name { $($text => Self::$name,)* _ => Self::Other(name.into()) }
            }

            pub(crate) fn code(&self) -> u8 {
                match self { $(Self::$name => $code,)* Self::Other(_) => 255 }
            }

            pub(crate) fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

fields! {
    /// Real-time value.
    Rtd = 1, "Rtd";
    /// Real-time value, converted (折算).
    ZsRtd = 2, "ZsRtd";
    /// Least value of the period.
    Min = 3, "Min";
    /// Mean of the period.
    Avg = 4, "Avg";
    /// Greatest value of the period.
    Max = 5, "Max";
    /// Least converted value.
    ZsMin = 6, "ZsMin";
    /// Mean of the converted values.
    ZsAvg = 7, "ZsAvg";
    /// Greatest converted value.
    ZsMax = 8, "ZsMax";
    /// Amount over the period (累计值).
    Cou = 9, "Cou";
    /// The maker's own flag.
    VendorFlag = 10, "EFlag";
    /// State of a treatment device.
    RunState = 11, "RS";
    /// Running hours of a treatment device.
    RunningTime = 12, "RT";
    /// Noise over the period.
    Data = 13, "Data";
    /// Noise by day.
    DayData = 14, "DayData";
    /// Noise by night.
    NightData = 15, "NightData";
    /// Reading of the standard sample.
    SampleReading = 16, "SampleRd";
    /// The standard sample's value.
    StandardValue = 17, "StandardValue";
    /// Whether the check passed.
    ResultType = 18, "ResultType";
    /// Type of the sample.
    SampleType = 19, "SampleType";
    /// When the sample was taken.
    SampleTime = 20, "SampleTime";
    /// When the analysis was complete.
    CompleteTime = 21, "CompleteTime";
    /// Information or log.
    Info = 22, "Info";
    /// Serial number.
    SerialNumber = 23, "SN";
    /// Alarm value.
    Alarm = 24, "Ala";
    /// Status of a production condition.
    Status = 25, "St";
}
