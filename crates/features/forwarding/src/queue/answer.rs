//! What a superior answers, and for which packet.

/// By what an acknowledgement is known to be a packet's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Its request number, if it has one.
    pub qn: Option<String>,
    /// The MN it goes out under.
    pub mn: String,
    /// Its command code.
    pub cn: String,
    /// Its number among several packets of one request number.
    pub pno: Option<String>,
}

/// What a superior says of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It has it.
    Accepted,
    /// It does not take it, by its result code.
    Refused(u16),
}

/// An acknowledgement, with as much as it tells of the packet it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Request number.
    pub qn: Option<String>,
    /// MN.
    pub mn: Option<String>,
    /// Command code of the packet (2005).
    pub cn: Option<String>,
    /// Packet number (2005).
    pub pno: Option<String>,
    /// What it says.
    pub verdict: Verdict,
}

impl Acknowledgement {
    pub(super) fn is_for(&self, expected: &Expected) -> bool {
        let fits = |said: &Option<String>, known: &str| said.as_ref().is_none_or(|it| it == known);
        self.qn == expected.qn
            && fits(&self.mn, &expected.mn)
            && fits(&self.cn, &expected.cn)
            && (self.pno.is_none() || expected.pno.is_none() || self.pno == expected.pno)
    }
}
