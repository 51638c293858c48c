//! Pure decisions: what may be set, what goes out, what an answer means.

use hj212::{Body, Envelope, Frame, RequestResult, UploadKind, parse_body, parse_message};

use crate::ForwardingError;
use crate::model::{MappingDetails, PasswordChange, TargetDetails};
use crate::queue::{Acknowledgement, Verdict};

/// Whether a command code is an upload of data, which goes out when a target names no codes.
pub fn is_upload(cn: &str) -> bool {
    UploadKind::from_command(cn).is_some()
}

/// Checks the settings of a target.
///
/// # Errors
/// [`ForwardingError::Invalid`] naming the field.
pub(crate) fn check_target(details: &TargetDetails) -> Result<(), ForwardingError> {
    let wrong = |field, reason: &str, reason_zh: &str| {
        Err(ForwardingError::invalid(field, reason, reason_zh))
    };
    let name_length = details.name.chars().count();
    if details.name.trim() != details.name || !(1..=60).contains(&name_length) {
        return wrong(
            "name",
            "1 to 60 characters, no blanks around them",
            "1 至 60 个字符，首尾不留空格",
        );
    }
    let host = details.host.as_str();
    if host.is_empty()
        || host.len() > 253
        || !host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'_'))
    {
        return wrong("host", "a host name or an address", "应为主机名或 IP 地址");
    }
    if details.port == 0 {
        return wrong("port", "1 to 65535", "应为 1 至 65535");
    }
    if !(1..=300).contains(&details.acknowledgement_timeout_s) {
        return wrong(
            "acknowledgement_timeout_s",
            "1 to 300 seconds",
            "应为 1 至 300 秒",
        );
    }
    if details.resends > 10 {
        return wrong("resends", "0 to 10", "应为 0 至 10 次");
    }
    let beat = details.heartbeat_interval_s;
    if beat > 3600 {
        return wrong(
            "heartbeat_interval_s",
            "0 to 3600 seconds",
            "应为 0 至 3600 秒",
        );
    }
    check_codes("commands", &details.commands)?;
    if details
        .commands
        .iter()
        .any(|cn| matches!(cn.as_str(), "9011" | "9012" | "9013" | "9014"))
    {
        return wrong(
            "commands",
            "answers 9011 to 9014 are not forwarded",
            "应答（9011 至 9014）不转发",
        );
    }
    check_codes("allowed_commands", &details.allowed_commands)?;
    if details
        .allowed_commands
        .iter()
        .any(|cn| matches!(cn.as_str(), "1014" | "1072"))
    {
        return wrong(
            "allowed_commands",
            "new passwords and keys (1072, 1014) are never passed down",
            "修改密码和密钥的命令（1072、1014）不得下传",
        );
    }
    Ok(())
}

fn check_codes(field: &'static str, codes: &[String]) -> Result<(), ForwardingError> {
    if codes.len() > 60 {
        return Err(ForwardingError::invalid(
            field,
            "60 codes at the most",
            "最多 60 个命令编码",
        ));
    }
    for code in codes {
        if code.len() != 4 || !code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ForwardingError::invalid(
                field,
                format!("`{code}` is no command code of four digits"),
                format!("`{code}` 不是四位命令编码"),
            ));
        }
    }
    Ok(())
}

/// Checks a device's row in the map.
///
/// # Errors
/// [`ForwardingError::Invalid`] naming the field.
pub(crate) fn check_mapping(
    mapping: &MappingDetails,
    password: &PasswordChange,
) -> Result<(), ForwardingError> {
    let is_plain = |text: &str, most: usize| {
        (1..=most).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_graphic() && !matches!(b, b';' | b',' | b'=' | b'&' | b'#'))
    };
    if let Some(mn) = &mapping.superior_mn
        && !is_plain(mn, 40)
    {
        return Err(ForwardingError::invalid(
            "superior_mn",
            "1 to 40 letters and digits, none of ; , = & #",
            "1 至 40 个字母或数字，不含 ; , = & #",
        ));
    }
    if let PasswordChange::Set(password) = password
        && !is_plain(password.reveal(), 40)
    {
        return Err(ForwardingError::invalid(
            "password",
            "1 to 40 letters and digits, none of ; , = & #",
            "1 至 40 个字母或数字，不含 ; , = & #",
        ));
    }
    Ok(())
}

/// Reads what a superior answers to a packet. `None` for what is no answer to one: requests, and
/// 9011 that only says that a request was taken.
pub fn read_acknowledgement(frame: &Frame) -> Option<Acknowledgement> {
    let text = frame.text();
    let (message, _defects) = parse_message(&text, &hj212::ParseSettings::default());
    let cn = message.cn?;
    if !matches!(cn, "9011" | "9013" | "9014") {
        return None;
    }
    // some platforms say with 9014, too, whether they took it
    let result = message
        .value("QnRtn")
        .and_then(|code| code.trim().parse::<u16>().ok());
    let verdict = match (cn, result) {
        (_, Some(code)) if code != RequestResult::Ready.code() => Verdict::Refused(code),
        ("9011", _) => return None,
        _ => Verdict::Accepted,
    };
    let (body, _defects) = parse_body(&message);
    let (qn, command, packet) = match body {
        Body::Answer(answer) => (answer.qn, answer.command, answer.packet),
        _ => (message.qn.or(message.value("QN")), None, None),
    };
    let owned = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    Some(Acknowledgement {
        qn: owned(qn),
        mn: owned(message.mn),
        cn: owned(command),
        pno: owned(packet.map(|(number, _total)| number)),
        verdict,
    })
}

/// Whether a packet that goes out wants an answer: those that ask, and those that get 9013 in
/// their edition without asking.
pub(crate) fn wants_answer(envelope: &Envelope<'_>) -> bool {
    envelope.wants_answer()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Encoding;
    use bytes::BytesMut;
    use hj212::{Decoded, FrameDecoder, FrameSettings, encode_frame};

    fn frame(segment: &str) -> Frame {
        let mut buffer = BytesMut::from(&encode_frame(segment.as_bytes())[..]);
        match FrameDecoder::new(FrameSettings::standard()).decode(&mut buffer) {
            Some(Decoded::Frame(frame)) => frame,
            other => panic!("{other:?}"),
        }
    }

    fn check(segment: &str, expect: Option<(&str, Verdict)>) {
        let read = read_acknowledgement(&frame(segment));
        let read = read
            .as_ref()
            .map(|it| (it.qn.as_deref().unwrap_or_default(), it.verdict));
        assert_eq!(read, expect, "{segment}");
    }

    #[test]
    fn acknowledgements_of_all_editions_are_read() {
        let accepted = |qn| Some((qn, Verdict::Accepted));
        check(
            "QN=20160801085857223;ST=91;CN=9014;PW=1;MN=2;Flag=4;CP=&&&&",
            accepted("20160801085857223"),
        );
        check(
            "ST=91;CN=9014;CP=&&QN=20040516010101001;CN=2051;PNO=1;PNUM=1;&&",
            accepted("20040516010101001"),
        );
        check(
            "ST=91;CN=9013;PW=1;MN=2;CP=&&QN=20040516010101001&&",
            accepted("20040516010101001"),
        );
        check(
            "QN=1;ST=91;CN=9014;PW=1;MN=SD_1;Flag=9;CP=&&QnRtn=1&&",
            accepted("1"),
        );
        check("ST=91;CN=9014;CP=&&&&", accepted(""));
    }

    #[test]
    fn refusals_are_told_from_acknowledgements_and_requests_from_both() {
        check(
            "QN=1;ST=91;CN=9011;PW=1;MN=2;Flag=4;CP=&&QnRtn=3&&",
            Some(("1", Verdict::Refused(3))),
        );
        check(
            "QN=1;ST=91;CN=9014;PW=1;MN=2;Flag=4;CP=&&QnRtn=2&&",
            Some(("1", Verdict::Refused(2))),
        );
        check("QN=1;ST=91;CN=9011;PW=1;MN=2;Flag=4;CP=&&QnRtn=1&&", None);
        check("QN=1;ST=32;CN=1011;PW=1;MN=2;Flag=5;CP=&&&&", None);
    }

    fn details() -> TargetDetails {
        TargetDetails {
            name: "省级平台".to_owned(),
            host: "10.1.2.3".to_owned(),
            port: 9001,
            is_enabled: true,
            encoding: Encoding::Original,
            waits_for_acknowledgement: true,
            acknowledgement_timeout_s: 10,
            resends: 3,
            commands: vec!["2011".to_owned()],
            forwards_all_devices: true,
            passes_commands_down: false,
            allowed_commands: Vec::new(),
            heartbeat_interval_s: 0,
        }
    }

    #[test]
    fn settings_that_cannot_be_are_refused_by_name() {
        assert!(check_target(&details()).is_ok());
        let refused = |change: fn(&mut TargetDetails), field: &str| {
            let mut details = details();
            change(&mut details);
            let error = check_target(&details).unwrap_err().to_string();
            assert!(error.starts_with(field), "{error}");
        };
        refused(|it| it.name = " x".to_owned(), "name");
        refused(|it| it.name = String::new(), "name");
        refused(|it| it.host = "a b".to_owned(), "host");
        refused(|it| it.port = 0, "port");
        refused(
            |it| it.acknowledgement_timeout_s = 0,
            "acknowledgement_timeout_s",
        );
        refused(|it| it.resends = 11, "resends");
        refused(|it| it.heartbeat_interval_s = 3601, "heartbeat_interval_s");
        refused(|it| it.commands = vec!["20a1".to_owned()], "commands");
        refused(|it| it.commands = vec!["9014".to_owned()], "commands");
        refused(
            |it| it.allowed_commands = vec!["1072".to_owned()],
            "allowed_commands",
        );
    }

    #[test]
    fn an_identity_cannot_break_out_of_its_field() {
        let mapping = |mn: &str| MappingDetails {
            superior_mn: Some(mn.to_owned()),
            is_enabled: true,
        };
        assert!(check_mapping(&mapping("430421SIM0001"), &PasswordChange::Keep).is_ok());
        for mn in ["", "A;CN=2011", "A=1", "A&&", "甲"] {
            assert!(check_mapping(&mapping(mn), &PasswordChange::Keep).is_err());
        }
    }
}
