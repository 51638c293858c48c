//! Which answer a packet gets, by edition and device.

use bytes::Bytes;
use hj212::{Edition, Envelope, Reply, build_reply_as};
use sites::{Acknowledgement, DeviceQuirks};

/// The answer to a packet of a device, if it gets one: 9013 to notices, 9014 to uploads that ask
/// for it.
pub fn choose_answer(
    envelope: &Envelope<'_>,
    edition: Edition,
    acknowledgement: Acknowledgement,
) -> Option<Reply> {
    let command = envelope.cn?;
    match command {
        // A 2005 device may want even the result of a command acknowledged.
        "9012" if edition == Edition::Hjt2005 => envelope.wants_answer().then_some(Reply::Data),
        "9011" | "9012" | "9013" | "9014" => None,
        "1013" | "2072" | "9015" => Some(Reply::Notice),
        "1001" | "1014" if edition == Edition::Hj2025 => Some(Reply::Notice),
        _ => {
            let is_answered = match acknowledgement {
                Acknowledgement::AsAsked => envelope.wants_answer(),
                Acknowledgement::Always => true,
                Acknowledgement::Never => false,
            };
            is_answered.then_some(Reply::Data)
        }
    }
}

/// The answer in bytes, in the form of the packet's edition or the one the device is set to.
pub(crate) fn answer(envelope: &Envelope<'_>, quirks: &DeviceQuirks) -> Option<Bytes> {
    let edition = envelope.edition();
    let reply = choose_answer(envelope, edition, quirks.acknowledgement)?;
    let form = quirks.answer_edition().unwrap_or(edition);
    Some(build_reply_as(envelope, form, reply))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(segment: &str, acknowledgement: Acknowledgement, expect: Option<Reply>) {
        let envelope = Envelope::scan(segment.as_bytes());
        assert_eq!(
            choose_answer(&envelope, envelope.edition(), acknowledgement),
            expect,
            "{segment}"
        );
    }

    #[test]
    fn uploads_are_acknowledged_when_they_ask_or_the_device_is_set_so() {
        let asks = "QN=1;ST=32;CN=2011;PW=1;MN=2;Flag=5;CP=&&&&";
        let silent = "QN=1;ST=32;CN=2011;PW=1;MN=2;Flag=4;CP=&&&&";
        check(asks, Acknowledgement::AsAsked, Some(Reply::Data));
        check(silent, Acknowledgement::AsAsked, None);
        check(silent, Acknowledgement::Always, Some(Reply::Data));
        check(asks, Acknowledgement::Never, None);
        check(
            "ST=32;CN=2011;PW=1;MN=2;CP=&&&&",
            Acknowledgement::AsAsked,
            None,
        );
    }

    #[test]
    fn notices_get_9013_in_the_editions_that_have_them() {
        for segment in [
            "QN=1;ST=32;CN=1013;PW=1;MN=2;Flag=5;CP=&&&&",
            "QN=1;ST=32;CN=9015;PW=1;MN=2;Flag=8;CP=&&&&",
            "QN=1;ST=32;CN=2072;PW=1;MN=2;CP=&&AlarmTime=1&&",
            "QN=1;ST=32;CN=1014;PW=1;MN=2;Flag=9;CP=&&SKCreateTime=1&&",
            "QN=1;ST=32;CN=1001;PW=1;MN=2;Flag=9;CP=&&&&",
        ] {
            check(segment, Acknowledgement::AsAsked, Some(Reply::Notice));
        }
    }

    #[test]
    fn answers_are_not_answered_except_a_result_of_2005_that_asks() {
        check(
            "QN=1;ST=91;CN=9011;PW=1;MN=2;Flag=5;CP=&&QnRtn=1&&",
            Acknowledgement::Always,
            None,
        );
        check(
            "QN=1;ST=91;CN=9014;PW=1;MN=2;Flag=5;CP=&&&&",
            Acknowledgement::Always,
            None,
        );
        check(
            "ST=91;CN=9012;PW=1;MN=2;Flag=1;CP=&&QN=1;ExeRtn=1&&",
            Acknowledgement::AsAsked,
            Some(Reply::Data),
        );
        check(
            "ST=91;CN=9012;PW=1;MN=2;Flag=0;CP=&&QN=1;ExeRtn=1&&",
            Acknowledgement::Always,
            None,
        );
    }
}
