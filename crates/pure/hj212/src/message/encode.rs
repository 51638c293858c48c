//! Writing a message in the order of its edition.

use super::Message;
use crate::edition::Edition;
use crate::frame::encode_frame;
use bytes::Bytes;

impl Message<'_> {
    /// The data segment, head fields in the order of the edition.
    ///
    /// 2005 prints QN PNUM PNO ST CN PW MN Flag CP; 2017 and 2025 QN ST CN PW MN Flag PNUM PNO
    /// (RF) CP. Absent fields are left out.
    pub fn encode_segment(&self) -> String {
        let mut out = String::with_capacity(96 + self.data_area.text.len());
        let flag = self.flag.map(|flag| flag.0.to_string());
        let middle = [
            ("ST", self.st),
            ("CN", self.cn),
            ("PW", self.pw),
            ("MN", self.mn),
        ];
        let numbers = [("PNUM", self.pnum), ("PNO", self.pno)];
        put(&mut out, "QN", self.qn);
        if self.edition == Edition::Hjt2005 {
            put_all(&mut out, numbers);
        }
        put_all(&mut out, middle);
        put(&mut out, "Flag", flag.as_deref());
        if self.edition != Edition::Hjt2005 {
            put_all(&mut out, numbers);
        }
        put(&mut out, "RF", self.rf);
        out.push_str("CP=&&");
        out.push_str(self.data_area.text);
        out.push_str("&&");
        out
    }

    /// The whole packet, ready to send.
    pub fn encode(&self) -> Bytes {
        encode_frame(self.encode_segment().as_bytes())
    }
}

fn put_all<'a>(out: &mut String, fields: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) {
    for (name, value) in fields {
        put(out, name, value);
    }
}

fn put(out: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        out.push_str(name);
        out.push('=');
        out.push_str(value);
        out.push(';');
    }
}
